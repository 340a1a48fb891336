import { describe, expect, it } from '@jest/globals';
import { checkBytes, type Entries, KeyError, SchemaError } from '@spillway/core';
import { lastOfEach, toBatch } from '../src/entries.js';

const any = { check: () => {} };
const bytesOnly = { check: checkBytes };
const batch = (entries: unknown) => toBatch<unknown>(entries as Entries<unknown>, any);

describe('toBatch', () => {
  it('takes objects, maps and iterables of pairs, in their order', () => {
    const expected = { keys: ['a', 'b', '7'], values: [1, 2, 3] };
    const pairs = [
      ['a', 1],
      ['b', 2],
      [7, 3],
    ] as const;
    expect(batch(pairs)).toEqual(expected);
    expect(batch(new Map<unknown, unknown>(pairs))).toEqual(expected);
    expect(batch(new Set(pairs))).toEqual(expected);
    expect(batch(pairs.values())).toEqual(expected);
    expect(batch({ a: 1, b: 2 })).toEqual({ keys: ['a', 'b'], values: [1, 2] });
    expect(batch(Object.assign(Object.create(null), { a: 1 }))).toEqual({
      keys: ['a'],
      values: [1],
    });
    expect(batch([])).toEqual({ keys: [], values: [] });
  });

  it('keeps keys that repeat', () => {
    const pairs = [
      ['a', 1],
      ['a', 2],
      ['a', 1],
    ];
    expect(batch(pairs)).toEqual({ keys: ['a', 'a', 'a'], values: [1, 2, 1] });
  });

  it('takes own names of an object only, whatever they are', () => {
    const parsed: unknown = JSON.parse('{ "__proto__": 1, "constructor": 2 }');
    expect(batch(parsed)).toEqual({ keys: ['__proto__', 'constructor'], values: [1, 2] });
  });

  it('holds columns of its own: what the caller does with the entries later changes nothing', () => {
    const pairs: [string, number][] = [['a', 1]];
    const taken = batch(pairs);
    pairs.push(['b', 2]);
    (pairs[0] as [string, number])[1] = 9;
    expect(taken).toEqual({ keys: ['a'], values: [1] });
  });

  it('refuses what is not made of entries', () => {
    class Entry {
      a = 1;
    }
    const wrong = [null, undefined, 'ab', 7, [['a']], [['a', 1, 2]], ['ab'], [null], new Entry()];
    for (const entries of wrong) expect(() => batch(entries)).toThrow(SchemaError);
    expect(() => batch(new Entry())).toThrow('not an Entry');
    expect(() => batch([{ a: 1 }])).toThrow('not an Object');
  });

  it('refuses symbols, which would be passed over in silence', () => {
    const entries = { a: new Uint8Array(1), [Symbol('b')]: new Uint8Array(1) };
    expect(() => batch(entries)).toThrow(/not Symbol\(b\)/);
  });

  it('refuses a bad key or value by name', () => {
    expect(() => batch({ a: 1, '': 2 })).toThrow(KeyError);
    const bytes = () => toBatch({ a: new Uint8Array(1), b: 'text' } as never, bytesOnly);
    expect(bytes).toThrow('the value of key "b" must be bytes (a Uint8Array), not a string');
    expect(bytes).toThrow(expect.objectContaining({ code: 'SPILLWAY_SCHEMA', key: 'b' }));
  });
});

describe('lastOfEach', () => {
  it('keeps the last value of a key', () => {
    const once = { keys: ['a', 'b'], values: [1, 2] };
    expect(lastOfEach(once)).toEqual(once);
    const twice = { keys: ['a', 'b', 'a'], values: [1, 2, 3] };
    expect(lastOfEach(twice)).toEqual({ keys: ['a', 'b'], values: [3, 2] });
  });
});
