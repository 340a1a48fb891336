import { describe, expect, it } from '@jest/globals';
import { Encode, joinBytes, type Store } from '@spillway/core';
import { Chaos, Reference } from '@spillway/core/conformance';

const Text = (store: Store): Store<string> =>
  Encode<string>(
    {
      name: 'Text',
      encode: (value) => {
        if (typeof value !== 'string') throw new TypeError('it is no string');
        return Buffer.from(value);
      },
      decode: (bytes) => Buffer.from(bytes).toString(),
      join: (values) => values.join(''),
    },
    store,
  );

const Same = (store: Store): Store =>
  Encode({ name: 'Same', encode: (b) => b, decode: (b) => b, join: joinBytes }, store);

// `tsc -p tsconfig.test.json` reads these lines: each must be an error where it says so, and only there.
describe('Wrong nesting does not compile, and throws a TypeError:', () => {
  it('a layer of bytes around one of values', () => {
    // @ts-expect-error: Same wraps bytes, Text holds strings.
    expect(() => Same(Text(Reference()))).toThrow(TypeError);
    // @ts-expect-error: the same, further out.
    expect(() => Same(Same(Text(Same(Reference()))))).toThrow(
      /Same wraps a store of bytes, and Text\(Same/,
    );
    // @ts-expect-error: a codec of values wraps bytes, too.
    expect(() => Text(Text(Reference()))).toThrow(TypeError);
    // @ts-expect-error: so does chaos.
    expect(() => Chaos(Text(Reference()))).toThrow(TypeError);
  });

  it('what is no store', () => {
    // @ts-expect-error: a map is no store.
    expect(() => Same(new Map())).toThrow('Same wraps a store, not a Map');
    // @ts-expect-error: nor is nothing.
    expect(() => Same()).toThrow('Same wraps a store, not undefined');
    // @ts-expect-error: nor is a spec.
    expect(() => Same('File("a")')).toThrow('Same wraps a store, not a string');
    // @ts-expect-error: nor is what only looks like one.
    expect(() => Same({ append() {}, get() {} })).toThrow(TypeError);
  });
});

describe('Types of a store', () => {
  it('are those of its outermost layer', async () => {
    await using store = Text(Same(Reference()));
    await store.append({ a: 'text', b: 'more' });
    const one: string = await store.get('a');
    const many: string[] = await store.get(['a', 'b']);
    expect([one, many]).toEqual(['text', ['text', 'more']]);
    // @ts-expect-error: bytes are no text.
    const bytes = store.append({ a: new Uint8Array(1) });
    await expect(bytes).rejects.toMatchObject({ code: 'SPILLWAY_SCHEMA', key: 'a' });
    // @ts-expect-error: text is no bytes.
    const text = Reference().append({ a: 'text' });
    await expect(text).rejects.toMatchObject({ code: 'SPILLWAY_SCHEMA', key: 'a' });
    // @ts-expect-error: one key gives one value.
    const wrong: string[] = await store.get('a');
    expect(wrong).toBe('text');
  });
});
