import { describe, expect, it } from '@jest/globals';
import { SchemaError } from '@spillway/core';
import { Dict } from '@spillway/dict';
import fc from 'fast-check';
import { Msgpack } from '../src/index.js';

const encoder = new TextEncoder();

// To jest, a date that is none equals no other.
expect.addEqualityTesters([
  (a, b) =>
    a instanceof Date && b instanceof Date ? Object.is(a.getTime(), b.getTime()) : undefined,
]);

/** Whether the batch is stored in MessagePack's own types, so that anyone can read it. */
async function isReadable(rows: unknown[]): Promise<boolean> {
  await using inner = Dict();
  await Msgpack(inner).append({ k: rows });
  const stored = await inner.get('k');
  // After the frame's length: not an array of one extension of 32 bits' length and the type of graphs.
  return !(stored[8] === 0x91 && stored[9] === 0xc9 && stored[14] === 0x53);
}

async function roundTrip<T>(rows: T[]): Promise<T[]> {
  await using store = Msgpack<T>(Dict());
  await store.append({ k: rows });
  return store.get('k');
}

const plain: { readonly [what: string]: unknown } = {
  null: null,
  undefined: undefined,
  booleans: [true, false],
  zero: 0,
  'small integers': [1, -1, 127, 128, -32, -33, 255, 256, 65535, 65536, -32768, -32769],
  'large integers': [2 ** 31, 2 ** 32 - 1, 2 ** 32, -(2 ** 31) - 1, 2 ** 53, -(2 ** 53), 1e300],
  fractions: [0.1, -0.5, Math.PI, Number.MIN_VALUE, Number.MAX_VALUE, Number.EPSILON],
  NaN: Number.NaN,
  infinities: [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  bigints: [0n, 5n, -5n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 64n - 1n],
  strings: ['', 'a', 'é', '漢字', '👩‍🚀', '\0', 'x'.repeat(70_000), 'é'.repeat(40)],
  dates: [0, 1, -1, 999, 2 ** 32 * 1000, 8.64e15, -8.64e15].map((time) => new Date(time)),
  bytes: [new Uint8Array(0), Uint8Array.of(1, 2, 3), new Uint8Array(70_000).fill(7)],
  nested: { a: { b: [{ c: [[]] }, {}] } },
  'an object without a prototype': Object.assign(Object.create(null), { a: 1 }),
  'names that objects inherit': {
    constructor: 1,
    hasOwnProperty: 2,
    toString: 3,
    toJSON: 4,
    length: 5,
  },
  'an object of many names': Object.fromEntries(
    Array.from({ length: 70_000 }, (_, i) => [`n${i}`, i]),
  ),
  'the same object twice': Array(2).fill({ a: 1 }),
  '300 arrays in each other': nest(300),
};

const holed: unknown[] = [1];
holed[2] = 3;
holed.length = 4;

const cyclic: { self?: unknown } = {};
cyclic.self = [cyclic];

const other: { readonly [what: string]: unknown } = {
  'minus zero': -0,
  'large bigints': [2n ** 64n, -(2n ** 63n) - 1n, 3n ** 5000n, -(3n ** 5000n)],
  holes: holed,
  'lone surrogates': ['\ud800', 'a\udc00b', { '\ud800': 1 }],
  'an invalid date': new Date(Number.NaN),
  maps: new Map<unknown, unknown>([
    ['a', 1],
    [{ b: [new Map([[1, 2]])] }, new Map()],
    [[1], new Set()],
  ]),
  sets: new Set([1, 'a', new Set([{}])]),
  'typed arrays': [
    Int8Array.of(-1),
    Uint8ClampedArray.of(1),
    Int16Array.of(-300),
    Uint16Array.of(300),
    Int32Array.of(-70_000),
    Uint32Array.of(70_000),
    Float32Array.of(0.5, -0),
    Float64Array.of(Math.PI),
    BigInt64Array.of(-1n),
    BigUint64Array.of(2n ** 64n - 1n),
  ],
  'an ArrayBuffer': Uint8Array.of(1, 2, 3).buffer,
  'a DataView': new DataView(Uint8Array.of(1, 2, 3, 4).buffer, 1, 2),
  'regular expressions': [/a\/b/giu, /\ud83d/],
  'objects of primitives': [Object(1), Object('a'), Object(true), Object(5n)],
  'a property __proto__': JSON.parse('{"__proto__":{"a":1},"b":2}'),
  cycles: cyclic,
  '100,000 arrays in each other': nest(100_000),
};

function nest(depth: number): unknown[] {
  let array: unknown[] = [];
  for (let i = 0; i < depth; i++) array = [array];
  return array;
}

function depthOf(array: unknown[]): number {
  let depth = 0;
  for (let at: unknown = array; Array.isArray(at) && at.length > 0; at = at[0]) depth++;
  return depth;
}

describe('values that MessagePack has types for', () => {
  it.each(Object.entries(plain))('come back, readable by anyone: %s', async (_, value) => {
    expect(await isReadable([value])).toBe(true);
    const [back] = await roundTrip([value]);
    expect(back).toEqual(value);
  });

  it('hold objects of names, not of classes', async () => {
    const [back] = await roundTrip([{ a: 1 }]);
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
  });
});

describe('values that MessagePack has no types for', () => {
  it.each(Object.entries(other))('come back: %s', async (what, value) => {
    expect(await isReadable([value])).toBe(false);
    const [back] = await roundTrip([value]);
    if (what.endsWith('in each other')) expect(depthOf(back as unknown[])).toBe(100_000);
    else expect(back).toStrictEqual(value);
  });

  it('keep what a hole, a minus zero and a cycle are', async () => {
    const [holes, zero, back] = (await roundTrip([holed, -0, cyclic])) as [
      unknown[],
      number,
      typeof cyclic,
    ];
    expect([holes.length, 1 in holes, 3 in holes]).toEqual([4, false, false]);
    expect(Object.is(zero, -0)).toBe(true);
    expect((back.self as unknown[])[0]).toBe(back);
  });

  it('keep errors as structuredClone does', async () => {
    class OwnError extends RangeError {}
    const cause = new TypeError('why');
    const rows = [
      new Error('what', { cause }),
      new RangeError('range'),
      new OwnError('own'),
      new Error('none'),
    ];
    const back = await roundTrip(rows);
    for (const [i, error] of back.entries()) {
      const cloned = structuredClone(rows[i]) as Error;
      expect(error.name).toBe(cloned.name);
      expect(error.message).toBe(cloned.message);
      expect(error.stack).toBe(rows[i]?.stack);
      expect('cause' in error).toBe(i === 0);
      expect(Object.keys(error)).toEqual([]);
    }
    expect(back[0]?.cause).toBeInstanceOf(TypeError);
    expect(back[0]?.cause).toMatchObject({ message: 'why' });
  });

  it('keep objects that are one object one object', async () => {
    const shared = { map: new Map() };
    const [a, b] = (await roundTrip([shared, { again: shared }])) as [object, { again: object }];
    expect(b.again).toBe(a);
  });

  it('take the own properties of an instance of a class', async () => {
    class Point {
      x = 1;
      get double() {
        return 2 * this.x;
      }
      toJSON() {
        return 'json';
      }
    }
    expect(await roundTrip([new Point()])).toStrictEqual([{ x: 1 }]);
  });
});

describe('all values', () => {
  it('come back, whatever they are made of', async () => {
    const value = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withSparseArray: true,
      withNullPrototype: false,
      withBoxedValues: true,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(value), async (rows) => {
        expect(await roundTrip(rows)).toStrictEqual(rows);
      }),
      { numRuns: 500 },
    );
  });

  it('come back from plain JSON, readable by anyone', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue({ noUnicodeString: false })), async (rows) => {
        const isExact = !/-0\b/.test(JSON.stringify(rows));
        if (isExact) expect(await roundTrip(rows)).toEqual(rows);
      }),
      { numRuns: 300 },
    );
  });

  it('have memory of their own, of their own size', async () => {
    await using inner = Dict();
    const store = Msgpack<ArrayBufferView>(inner);
    const text = encoder.encode('bytes');
    await store.append({
      plain: [text, new Uint8Array(100_000)],
      graph: [Float64Array.of(1, 2), new Uint8Array(100_000)],
    });
    for (const key of ['plain', 'graph']) {
      const [first] = await store.get(key);
      const [again] = await store.get(key);
      expect(first?.buffer.byteLength).toBe(first?.byteLength);
      new Uint8Array(first?.buffer as ArrayBuffer).fill(0xff);
      expect(again).toEqual(key === 'plain' ? text : Float64Array.of(1, 2));
      expect((await store.get(key))[0]).toEqual(again);
      expect(Buffer.isBuffer(first)).toBe(false);
    }
  });

  it('are those of the call, whatever the caller does afterwards', async () => {
    await using store = Msgpack(Dict());
    const row = { a: [1], bytes: Uint8Array.of(1) };
    const appended = store.append({ k: [row] });
    await appended;
    row.a.push(2);
    row.bytes.fill(9);
    expect(await store.get('k')).toEqual([{ a: [1], bytes: Uint8Array.of(1) }]);
  });
});

describe('what is refused', () => {
  const refused: { readonly [what: string]: unknown } = {
    'a function': () => 1,
    'a method': { f() {} },
    'a function in a map': new Map([[1, () => 1]]),
    'a symbol': Symbol('s'),
    'a promise': Promise.resolve(1),
    'a WeakMap': new WeakMap(),
    'a SharedArrayBuffer': new SharedArrayBuffer(1),
    'a generator': (function* () {})(),
  };

  it.each(Object.entries(refused))(
    'is %s, by a SchemaError that names the key',
    async (_, value) => {
      await using store = Msgpack(Dict());
      const append = store.append({ before: [1], k: [{ row: 1 }, { value }], after: [1] });
      await expect(append).rejects.toThrow(SchemaError);
      await expect(append).rejects.toMatchObject({ key: 'k' });
      expect(await store.get(['before', 'k', 'after'])).toEqual([[], [], []]);
    },
  );

  it('is a value that is no array, also one of several of a key', async () => {
    await using store = Msgpack(Dict());
    const values: unknown[] = [
      'abc',
      { length: 1 },
      new Set([1]),
      null,
      undefined,
      7,
      new Uint8Array(2),
    ];
    for (const value of values) {
      const entries: [string, unknown[]][] = [
        ['before', [1]],
        ['k', [1]],
        ['k', value as unknown[]],
        ['k', [2]],
      ];
      const append = store.append(entries);
      await expect(append).rejects.toThrow(SchemaError);
      await expect(append).rejects.toMatchObject({ key: 'k' });
    }
    expect(await store.get(['before', 'k'])).toEqual([[], []]);
  });

  it('leaves the codec as it was', async () => {
    await using store = Msgpack(Dict());
    await expect(store.append({ k: [{ a: 'x'.repeat(10_000) }, () => 1] })).rejects.toThrow(
      SchemaError,
    );
    await store.append({ k: [1] });
    expect(await store.get('k')).toEqual([1]);
  });
});
