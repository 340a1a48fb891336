import { describe, expect, it } from '@jest/globals';
import {
  type Batch,
  type Codec,
  CorruptError,
  concatBytes,
  Encode,
  frame,
  joinBytes,
  SchemaError,
  StorageError,
  type Store,
  splitFrames,
} from '@spillway/core';
import { Chaos, Reference, ReferenceStore } from '@spillway/core/conformance';

/** Text in capitals; no digits go in, and none may come out. */
const capitals: Codec<string> = {
  name: 'Capitals',
  encode: (text) => {
    if (/\d/.test(text)) throw new RangeError('it holds a digit');
    return Buffer.from(text.toUpperCase());
  },
  decode: (bytes) => {
    const text = Buffer.from(bytes).toString();
    if (/[^A-Z]/.test(text)) throw new RangeError('not all are capitals');
    return text;
  },
  join: (values) => values.join(''),
};

async function caught(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

async function parts(store: Store<string>, key: string): Promise<string[]> {
  const all: string[] = [];
  for await (const part of store.stream(key)) all.push(part);
  return all;
}

describe('Encode', () => {
  it('has values written where they are to be, beside others', async () => {
    const inner = Reference();
    const written: Codec<string> = {
      ...capitals,
      encode: (text) => ({
        length: text.length,
        copyTo: (target, at) => target.set(Buffer.from(text.toUpperCase()), at),
      }),
    };
    await using store = Encode(written, inner);
    await store.append({ a: 'one', b: 'two' });
    await store.append({ a: '' });
    const text = (value: string) => frame(Buffer.from(value));
    expect(await inner.get('a')).toEqual(concatBytes([text('ONE'), text('')]));
    expect(await inner.get('b')).toEqual(text('TWO'));
  });

  it('gives the parts of a stream as join makes them of one frame', async () => {
    const listed: Codec<string> = { ...capitals, join: (values) => `<${values.join('')}>` };
    await using store = Encode(listed, Reference());
    await store.append({ a: 'one' });
    await store.append({ a: 'two' });
    expect(await parts(store, 'a')).toEqual(['<ONE>', '<TWO>']);
  });

  it('frames each value it encodes, and joins what it decodes', async () => {
    const inner = Reference();
    await using store = Encode(capitals, inner);
    await store.append({ a: 'one', b: 'two' });
    await store.append({ a: 'three' });
    await store.set({ b: 'four' });
    await store.iset('c', 'five');
    const text = (value: string) => frame(Buffer.from(value));
    expect(await inner.get('a')).toEqual(concatBytes([text('ONE'), text('THREE')]));
    expect(await inner.get('b')).toEqual(text('FOUR'));
    expect(await inner.get('c')).toEqual(text('FIVE'));
    expect(await store.get(['a', 'b', 'c', 'd'])).toEqual(['ONETHREE', 'FOUR', 'FIVE', '']);
    expect(await parts(store, 'a')).toEqual(['ONE', 'THREE']);
    expect(store.holdsBytes).toBe(false);
    expect(Encode({ ...capitals, ...bytes }, Reference()).holdsBytes).toBe(true);
  });

  it('joins neighbours of one key into one frame, and only neighbours', async () => {
    const inner = Reference();
    await using store = Encode(capitals, inner);
    await store.append([
      ['a', 'w'],
      ['a', 'x'],
      ['b', 'y'],
      ['a', 'z'],
    ]);
    const frames = splitFrames(await inner.get('a'), 'a').map((payload) =>
      String.fromCharCode(...payload),
    );
    expect(frames).toEqual(['WX', 'Z']);
    expect(await store.get('b')).toBe('Y');
  });

  it('hands the store underneath a batch as one', async () => {
    const batches: Batch<Uint8Array>[] = [];
    class Counting extends ReferenceStore {
      protected override _append(batch: Batch<Uint8Array>) {
        batches.push(batch);
        return super._append(batch);
      }
    }
    await using store = Encode(capitals, new Counting());
    await store.append({ a: 'x', b: 'y', c: 'z' });
    expect(batches.map(({ keys }) => keys)).toEqual([['a', 'b', 'c']]);
  });

  it('says which value it cannot encode, and writes none of them', async () => {
    const inner = Reference();
    await using store = Encode(capitals, inner);
    for (const call of [
      store.append({ a: 'x', 'the key': '7' }),
      store.set({ a: 'x', 'the key': '7' }),
      store.iset('the key', '7'),
    ]) {
      const error = await caught(call);
      expect(error).toBeInstanceOf(SchemaError);
      expect(error).toMatchObject({ key: 'the key', cause: expect.any(RangeError) });
      expect((error as Error).message).toBe(
        `Capitals can't encode the value of key "the key": it holds a digit`,
      );
    }
    expect(await store.has('a')).toBe(false);
  });

  it('says which frame of which key it cannot decode', async () => {
    const inner = Reference();
    await using store = Encode(capitals, inner);
    await store.append({ a: 'x' });
    await inner.append({ a: frame(Buffer.from('7')) });
    for (const call of [store.get('a'), store.get(['b', 'a']), store.pop('a'), parts(store, 'a')]) {
      const error = await caught(call);
      expect(error).toBeInstanceOf(CorruptError);
      expect(error).toMatchObject({ key: 'a', frame: 1, cause: expect.any(RangeError) });
      expect((error as Error).message).toBe(
        'frame 1 of key "a" is no Capitals frame: not all are capitals',
      );
    }
    expect((await parts(store, 'a').catch(() => ['x']))[0]).toBe('x');
  });

  it("passes on errors of the codec that name a key's frame themselves", async () => {
    const damage = new CorruptError('row 3 of key "a" is cut off', { key: 'a', frame: 0 });
    const decode = () => {
      throw damage;
    };
    await using store = Encode({ ...capitals, decode }, Reference());
    await store.append({ a: 'x' });
    expect(await caught(store.get('a'))).toBe(damage);
  });

  it('puts back what it popped and cannot decode, each key once', async () => {
    const inner = Reference();
    await using store = Encode(capitals, inner);
    await store.append({ a: 'x' });
    await inner.append({ b: frame(Buffer.from('7')) });
    for (const keys of [
      ['a', 'b'],
      ['b', 'b', 'a', 'a'],
    ]) {
      expect(await caught(store.pop(keys))).toMatchObject({ key: 'b', frame: 0 });
      expect(await store.get('a')).toBe('X');
      expect(await inner.get('b')).toEqual(frame(Buffer.from('7')));
    }
    expect(await store.has('absent')).toBe(false);
    expect(await caught(store.pop(['absent', 'b']))).toMatchObject({ key: 'b' });
    expect(await store.has('absent')).toBe(false);
  });

  it('says that bytes are lost when it can not put them back either', async () => {
    const inner = Reference();
    await inner.append({ b: frame(Buffer.from('7')) });
    const chaos = Chaos(inner);
    await using store = Encode(capitals, chaos);
    chaos.inject({ on: 'append', harm: 'fail' });
    const error = await caught(store.pop('b'));
    expect(error).toBeInstanceOf(StorageError);
    expect(String(error)).toMatch(/key "b".*is lost.*injected/);
  });

  it('hands appends on in the order of their calls, whichever is encoded first', async () => {
    const encoding = new Map<string, () => void>();
    const encode = (text: string) =>
      text === 'a' || text === 'b'
        ? new Promise<Uint8Array>((resolve) =>
            encoding.set(text, () => resolve(Buffer.from(text.toUpperCase()))),
          )
        : capitals.encode(text, 1);
    const inner = Reference();
    await using store = Encode({ ...capitals, encode }, inner);
    const appends = ['a', 'b', 'c', '7', 'd'].map((text) => caught(store.append({ k: text })));
    encoding.get('b')?.();
    await new Promise(setImmediate);
    expect(await inner.has('k')).toBe(false);
    encoding.get('a')?.();
    const outcomes = await Promise.all(appends);
    expect(outcomes.map((error) => error instanceof SchemaError)).toEqual([
      false,
      false,
      false,
      true,
      false,
    ]);
    expect(await store.get('k')).toBe('ABCD');
    await store.append({ k: 'e' });
    expect(await store.get('k')).toBe('ABCDE');
  });

  it('fails once nothing reads its values any more, and writes none of the batch', async () => {
    let reading = true;
    const encode = async (text: string) => {
      if (text === '7') throw new RangeError('it holds a digit');
      await new Promise((resolve) => setTimeout(resolve, 20));
      reading = false;
      return Buffer.from(text.toUpperCase());
    };
    const inner = Reference();
    await using store = Encode({ ...capitals, encode }, inner);
    const error = await caught(store.append({ a: '7', b: 'x' }));
    expect(error).toMatchObject({ constructor: SchemaError, key: 'a' });
    expect(reading).toBe(false);
    expect(await inner.has('b')).toBe(false);
  });

  it('decodes what takes time, and says which frame fails', async () => {
    const decode = async (payload: Uint8Array) => capitals.decode(payload, 1);
    const inner = Reference();
    await using store = Encode({ ...capitals, decode }, inner);
    await store.append([
      ['a', 'x'],
      ['b', 'y'],
      ['a', 'z'],
    ]);
    expect(await store.get(['a', 'b', 'c'])).toEqual(['XZ', 'Y', '']);
    expect(await parts(store, 'a')).toEqual(['X', 'Z']);
    await inner.append({ a: frame(Buffer.from('7')) });
    for (const call of [store.get(['b', 'a']), store.pop('a'), parts(store, 'a')])
      expect(await caught(call)).toMatchObject({ constructor: CorruptError, key: 'a', frame: 2 });
    expect((await inner.get('a')).length).toBe(27);
  });

  it('tells the codec how many go together', async () => {
    const told: number[] = [];
    const codec: Codec<string> = {
      ...capitals,
      encode: (text, together) => {
        told.push(together);
        return capitals.encode(text, together);
      },
      decode: (payload, together) => {
        told.push(together);
        return capitals.decode(payload, together);
      },
    };
    await using store = Encode(codec, Reference());
    await store.append({ a: 'x' });
    await store.append({ a: 'y', b: 'z' });
    expect(told.splice(0)).toEqual([1, 2, 2]);
    await store.get('b');
    await store.get(['a', 'b', 'c']);
    expect(told).toEqual([1, 3, 3, 3]);
  });

  it('shows its options in its spec', async () => {
    expect(String(Encode(capitals, Reference()))).toBe('Capitals(Reference())');
    const options = { level: 3, dictionary: null };
    expect(String(Encode({ ...capitals, options }, Reference()))).toBe(
      'Capitals(Reference(), {"level":3,"dictionary":null})',
    );
  });
});

const bytes = {
  encode: (value: Uint8Array) => value,
  decode: (value: Uint8Array) => value,
  join: joinBytes,
} as unknown as Codec<string>;
