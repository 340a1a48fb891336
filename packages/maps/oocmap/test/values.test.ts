import { describe, expect, it } from '@jest/globals';
import { KeyError, SchemaError } from '@spillway/core';
import type { LazyDict, LazyList } from '../src/index.js';
import { usePlace } from './place.js';

const bytes = Uint8Array.from({ length: 200 }, (_, i) => i);

const VALUES = {
  'undefined, null and booleans': [undefined, null, true, false],
  numbers: [0, -0, 1.5, 127, 128, -1, 2 ** 31, -(2 ** 31), 2 ** 53, Number.NaN, -Infinity, 5e-324],
  'numbers in one run': Array.from({ length: 1000 }, (_, i) => i / 3),
  'a run with -0': [...Array(300).fill(7), -0],
  bigints: [0n, -1n, 255n, 2n ** 64n, -(2n ** 64n), 3n ** 5000n, -(3n ** 5000n)],
  strings: [
    '',
    'a',
    'é',
    '√',
    '\0',
    '\ud800',
    'x\udc00'.repeat(100),
    '😀'.repeat(40),
    'é'.repeat(5000),
  ],
  dates: [new Date(0), new Date(-1)],
  buffers: [bytes.buffer, new ArrayBuffer(0), new DataView(bytes.buffer, 3, 20)],
  'typed arrays': [
    bytes,
    new Uint8Array(0),
    new Int8Array([-1]),
    new Uint8ClampedArray(100),
    new Int16Array([-300]),
    new Uint16Array(70),
    new Int32Array([1, -1]),
    new Uint32Array([2 ** 32 - 1]),
    new Float32Array([0.5, Number.NaN]),
    new Float64Array(1000).fill(0.1),
    new BigInt64Array([-1n]),
    new BigUint64Array(40).fill(2n ** 63n),
  ],
  'maps and sets': [
    new Map(),
    new Set(),
    new Map([[1n, new Map([[null, [1]]])]]),
    new Set([[1, 'a'], 1]),
  ],
  objects: [{}, { a: { b: { c: [] } } }, { ['__proto__']: 1 }, { '': 0, '1': 1, ü: 2 }],
  'a large object': Object.fromEntries(
    Array.from({ length: 3000 }, (_, i) => [`name ${i}`, i]).sort(),
  ),
};

describe('an OOCMap keeps', () => {
  const place = usePlace();

  it.each(Object.entries(VALUES))('%s', async (_, value) => {
    let map = place.open();
    map.set('value', value);
    const read = () => (map.get('value') as LazyList<unknown>).eager();
    expect(read()).toStrictEqual(value);
    await map.flushed;
    expect(read()).toStrictEqual(value);
    map.close();
    map = place.open();
    expect(read()).toStrictEqual(value);
  });

  it('bytes as a copy: neither side sees the changes of the other', async () => {
    const map = place.open();
    for (const length of [10, 1000, 100_000]) {
      const given = new Uint8Array(length).fill(1);
      map.set('bytes', given);
      given.fill(2);
      const first = map.get('bytes') as Uint8Array;
      expect(first).toEqual(new Uint8Array(length).fill(1));
      first.fill(3);
      await map.flushed;
      map.set('other', new Uint8Array(length).fill(9));
      expect(first).toEqual(new Uint8Array(length).fill(3));
      expect(map.get('bytes')).toEqual(new Uint8Array(length).fill(1));
    }
  });

  it('dates as a copy, also one that is none', () => {
    const map = place.open();
    map.set('none', new Date(Number.NaN));
    expect((map.get('none') as Date).getTime()).toBeNaN();
    map.set('date', new Date(5));
    (map.get('date') as Date).setTime(6);
    expect(map.get('date')).toEqual(new Date(5));
  });

  it.each([
    { name: 'lists', wrap: (inner: unknown) => [inner] },
    { name: 'objects', wrap: (inner: unknown) => ({ inner }) },
    { name: 'maps', wrap: (inner: unknown) => new Map([['inner', inner]]) },
  ])('100,000 $name within each other', ({ wrap }) => {
    const map = place.open();
    let deep: unknown = 'bottom';
    for (let i = 0; i < 100_000; i++) deep = wrap(deep);
    map.set('deep', deep);
    let read: unknown = (map.get('deep') as LazyDict<string, unknown>).eager();
    for (let i = 0; i < 100_000; i++) {
      if (read instanceof Map) read = read.get('inner');
      else read = Array.isArray(read) ? read[0] : (read as { inner: unknown }).inner;
    }
    expect(read).toBe('bottom');
    map.delete('deep');
    expect(map.size).toBe(0);
  });

  it('a lazy object as a copy, also within itself', () => {
    const map = place.open();
    map.set('a', { list: [1, { x: 2 }], map: new Map([[1, new Set([2])]]) });
    const a = map.get('a') as LazyDict<string, unknown>;
    map.set('b', a);
    a.set('self', a);
    (a.get('list') as LazyList<number>).push(3);
    const before = { list: [1, { x: 2 }], map: new Map([[1, new Set([2])]]) };
    expect((map.get('b') as typeof a).eager()).toStrictEqual(before);
    expect(a.eager()).toStrictEqual({ list: [1, { x: 2 }, 3], map: before.map, self: before });
  });
});

describe('an OOCMap refuses', () => {
  const place = usePlace();
  const cyclic: unknown[] = [1];
  cyclic.push({ again: cyclic });
  const twice = { x: 1 };
  const deeply = (bottom: unknown) => {
    let deep: unknown = [bottom];
    for (let i = 0; i < 250; i++) deep = i % 2 ? { deep, text: 'shared '.repeat(20) } : [i, deep];
    return deep;
  };
  const far: { up?: unknown } = {};
  far.up = [deeply(far)];
  const hidden = Array.from({ length: 2000 }, (_, i) => ({ i, text: 'shared '.repeat(20) }));

  it.each([
    {
      name: 'a cycle',
      value: cyclic,
      error: SchemaError,
      message: /an array at \[1\]\["again"\] contains itself/,
    },
    {
      name: 'an object that is there twice',
      value: [twice, [twice]],
      error: SchemaError,
      message: /at \[1\]\[0\] is in the value a second time/,
    },
    {
      name: 'a function',
      value: { f() {} },
      error: SchemaError,
      message: /a function at \["f"\] can't be stored/,
    },
    { name: 'a symbol', value: [Symbol('s')], error: SchemaError, message: /a symbol at \[0\]/ },
    {
      name: 'an instance',
      value: [new (class Point {})()],
      error: SchemaError,
      message: /a Point at \[0\]/,
    },
    {
      name: 'a RegExp far within',
      value: [...hidden, /x/],
      error: SchemaError,
      message: /a RegExp at \[2000\]/,
    },
    {
      name: 'a RegExp deeper than calls go',
      value: deeply(/x/),
      error: SchemaError,
      message: /a RegExp at ….*\["deep"\]\[1\]\["deep"\]\[1\]\[0\] can't be stored/,
    },
    {
      name: 'a cycle longer than calls go',
      value: far,
      error: SchemaError,
      message: /an Object at ….*\[0\] is in the value a second time/,
    },
    {
      name: 'an object as a key',
      value: new Map([[{}, 1]]),
      error: KeyError,
      message: /an Object can't be a key/,
    },
    {
      name: 'an object in a set',
      value: new Set([1, {}]),
      error: KeyError,
      message: /an Object can't be a key/,
    },
  ])('$name, and keeps nothing of it', async ({ value, error, message }) => {
    const map = place.open();
    map.set('kept', 1);
    expect(() => map.set('kept', value)).toThrow(error);
    expect(() => map.set('kept', value)).toThrow(message);
    map.set('list', [0]);
    const list = map.get('list') as LazyList<unknown>;
    expect(() => list.push('fine '.repeat(30), value)).toThrow(error);
    expect(() => list.splice(0, 1, value)).toThrow(error);
    await map.flushed;
    expect(map.eager()).toStrictEqual(
      new Map<string, unknown>([
        ['kept', 1],
        ['list', [0]],
      ]),
    );
    map.clear();
    await map.flushed;
    expect(map.stats()).toMatchObject({ savedBytes: 0, sharedValues: 0 });
  });

  it('a key that is no string in what was an object', () => {
    const map = place.open();
    map.set('object', {});
    expect(() => (map.get('object') as LazyDict<unknown, number>).set(1, 1)).toThrow(SchemaError);
  });
});
