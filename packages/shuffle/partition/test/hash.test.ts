import { describe, expect, it } from '@jest/globals';
import {
  Binary,
  Bool,
  Dictionary,
  Float32,
  Float64,
  Int8,
  Int16,
  Int32,
  Int64,
  LargeUtf8,
  TimestampMillisecond,
  Uint8,
  Uint32,
  Utf8,
  Utf8View,
  type Vector,
} from 'apache-arrow';
import fc from 'fast-check';
import xxhash from 'xxhash-wasm';
import { hash } from '../src/index.js';
import { hashBytes, hashWords } from '../src/xxh32.js';
import { batchOf, keysOf, raw, vector } from './batches.js';

const { h32Raw } = await xxhash();

/** Partitions of one column among many, so that they tell nearly as much as the hash. */
const hashes = (column: Vector) => keysOf(batchOf({ k: column }), hash('k', 2 ** 24)).map(Number);

describe('the hash', () => {
  it('is XXH32, of bytes', () => {
    const part = fc.tuple(fc.uint8Array({ maxLength: 200 }), fc.nat(20));
    fc.assert(
      fc.property(part, ([bytes, from]) => {
        const start = Math.min(from, bytes.length);
        expect(hashBytes(bytes, start, bytes.length) >>> 0).toBe(h32Raw(bytes.subarray(start), 0));
      }),
    );
  });

  it('is XXH32, of two words', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (low, high) => {
        const bytes = new Uint8Array(Int32Array.of(low, high).buffer);
        expect(hashWords(low, high) >>> 0).toBe(h32Raw(bytes, 0));
      }),
    );
  });

  it('stays what it is', () => {
    const text = vector(new Utf8(), ['ATL', '', null, 'a longer text than sixteen bytes']);
    // XXH32 of no bytes is 0x02cc5d05, says the specification's test vector.
    expect(hashes(text)).toEqual([9152223, 0x02cc_5d05 % 2 ** 24, 0, 1434926]);
    expect(hashes(vector(new Int32(), [42]))).toEqual([418189]);
  });

  it('is that of the value, however it is stored', () => {
    const integers = [new Int8(), new Int16(), new Int32(), new Uint8(), new Uint32()].map((type) =>
      hashes(vector(type, [1, 100])),
    );
    const expected = hashes(vector(new Int64(), [1n, 100n]));
    for (const found of integers) expect(found).toEqual(expected);
    expect(hashes(vector(new Bool(), [true]))).toEqual(expected.slice(0, 1));
    expect(hashes(raw(new TimestampMillisecond(), BigInt64Array.of(1n, 100n)))).toEqual(expected);
    expect(hashes(vector(new Int8(), [-1]))).toEqual(hashes(vector(new Int64(), [-1n])));
    expect(hashes(raw(new Float32(), Float32Array.of(-0, 0.5)))).toEqual(
      hashes(raw(new Float64(), Float64Array.of(0, 0.5))),
    );
    const words = ['a', 'a text of more than twelve bytes', null, 'a'];
    const texts = [new LargeUtf8(), new Utf8View(), new Dictionary(new Utf8(), new Int8())];
    for (const type of texts)
      expect(hashes(vector(type, words))).toEqual(hashes(vector(new Utf8(), words)));
    expect(hashes(vector(new Binary(), [Uint8Array.of(97)]))).toEqual(
      hashes(vector(new Utf8(), ['a'])),
    );
  });

  it('of several columns is the hash of their hashes', () => {
    const columns = {
      a: vector(new Utf8(), ['x', 'y']),
      b: vector(new Int32(), [1, 2]),
      c: vector(new Utf8(), ['p', null]),
    };
    const each = Object.values(columns).map((column, i) =>
      column.toArray().length > 0 && i === 1
        ? [1, 2].map((value) => h32Raw(new Uint8Array(BigInt64Array.of(BigInt(value)).buffer), 0))
        : Array.from(column, (value) =>
            value === null ? 0 : h32Raw(Buffer.from(String(value)), 0),
          ),
    );
    const fold = (one: number, two: number) =>
      h32Raw(new Uint8Array(Uint32Array.of(one, two).buffer), 0);
    const expected = [0, 1].map(
      (row) => each.map((column) => column[row] as number).reduce(fold) % 1000,
    );
    expect(keysOf(batchOf(columns), hash(['a', 'b', 'c'], 1000))).toEqual(expected.map(String));
  });

  it('spreads values evenly', () => {
    const rows = 100_000;
    const values = BigInt64Array.from({ length: rows }, (_, i) => BigInt(i) * 60_000_000n);
    const counts = new Map<string, number>();
    for (const key of keysOf(
      batchOf({ k: raw(new TimestampMillisecond(), values) }),
      hash('k', 100),
    )) {
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).toBe(100);
    expect(Math.max(...counts.values())).toBeLessThan(1150);
    expect(Math.min(...counts.values())).toBeGreaterThan(850);
  });

  it('is taken modulo any number of partitions', () => {
    const values = raw(
      new Int64(),
      BigInt64Array.from({ length: 5000 }, (_, i) => BigInt(i)),
    );
    const whole = Array.from(
      { length: 5000 },
      (_, i) => h32Raw(new Uint8Array(BigInt64Array.of(BigInt(i)).buffer), 0) >>> 0,
    );
    for (const count of [1, 2, 3, 7, 256, 1000, 4096, 10_007, 2 ** 24 - 1, 2 ** 24]) {
      expect(keysOf(batchOf({ k: values }), hash('k', count)).map(Number)).toEqual(
        whole.map((hash) => hash % count),
      );
    }
  });

  it('wants columns and a number of partitions', () => {
    expect(() => hash([], 4)).toThrow(TypeError);
    expect(() => hash('k', 0)).toThrow('a whole number of partitions, not 0');
    expect(() => hash('k', 1.5)).toThrow(TypeError);
    expect(() => hash('k', 2 ** 24 + 1)).toThrow(TypeError);
  });
});
