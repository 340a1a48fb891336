import { describe, expect, it } from '@jest/globals';
import {
  Binary,
  Bool,
  DateDay,
  Decimal,
  Dictionary,
  Float64,
  Int8,
  Int32,
  Int64,
  TimestampMicrosecond,
  TimestampSecond,
  Uint64,
  Utf8,
  type Vector,
} from 'apache-arrow';
import fc from 'fast-check';
import { type Bound, range } from '../src/index.js';
import { batchOf, keysOf, raw, vector } from './batches.js';

const ranges = (column: Vector, ...bounds: Bound[]) =>
  keysOf(batchOf({ k: column }), range('k', bounds));

describe('ranges', () => {
  it('hold values from one bound on and below the next', () => {
    expect(ranges(vector(new Int32(), [-5, 0, 9, 10, 11, null]), 0, 10)).toEqual([
      '0',
      '1',
      '1',
      '2',
      '2',
      '%null',
    ]);
    expect(ranges(vector(new Int32(), [1, 2, 3]), 1.5, 2.5)).toEqual(['0', '1', '2']);
    expect(ranges(raw(new Float64(), Float64Array.of(-1, -0, 0.5, Number.NaN)), 0, 0.5)).toEqual([
      '0',
      '1',
      '2',
      '2',
    ]);
    expect(ranges(vector(new Utf8(), ['', 'a', 'aé', 'b', null]), 'a', 'b')).toEqual([
      '0',
      '1',
      '1',
      '2',
      '%null',
    ]);
    expect(
      ranges(vector(new Binary(), [Uint8Array.of(1), Uint8Array.of(2, 0)]), Uint8Array.of(2)),
    ).toEqual(['0', '1']);
    expect(ranges(vector(new Dictionary(new Utf8(), new Int8()), ['x', null, 'a']), 'm')).toEqual([
      '1',
      '%null',
      '0',
    ]);
  });

  it('of whole numbers are exact', () => {
    const signed = [-(2n ** 63n), -1n, 0n, 2n ** 53n + 1n, 2n ** 63n - 1n];
    expect(
      ranges(raw(new Int64(), BigInt64Array.from(signed)), -1n, 2n ** 53n + 1n, 2n ** 63n - 1n),
    ).toEqual(['0', '1', '1', '2', '3']);
    const unsigned = [0n, 2n ** 63n, 2n ** 64n - 1n];
    expect(ranges(raw(new Uint64(), BigUint64Array.from(unsigned)), -5, 1, 2n ** 64n - 1n)).toEqual(
      ['1', '2', '3'],
    );
    expect(
      ranges(raw(new Int64(), BigInt64Array.from(signed)), Number.NEGATIVE_INFINITY, 2n ** 70n),
    ).toEqual(['1', '1', '1', '1', '1']);
  });

  it('of 64-bit numbers are where a search says', () => {
    const number = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    fc.assert(
      fc.property(
        fc.array(number, { minLength: 1 }),
        fc.uniqueArray(number, { minLength: 1 }),
        (values, bounds) => {
          const ascending = bounds.sort((a, b) => (a < b ? -1 : 1));
          const expected = [...values, ...ascending].map((value) =>
            String(ascending.filter((bound) => bound <= value).length),
          );
          expect(
            ranges(raw(new Int64(), BigInt64Array.from([...values, ...ascending])), ...ascending),
          ).toEqual(expected);
        },
      ),
    );
  });

  it('of dates and decimals have bounds in their own units, or dates', () => {
    const noon = new Date('2001-01-01T12:00:00Z');
    const day = 11_323; // 2001-01-01
    expect(ranges(raw(new DateDay(), Int32Array.of(day, day + 1)), noon)).toEqual(['0', '1']);
    expect(ranges(raw(new DateDay(), Int32Array.of(day, day + 1)), day + 1)).toEqual(['0', '1']);
    const seconds = BigInt(noon.getTime() / 1000);
    expect(
      ranges(raw(new TimestampSecond(), BigInt64Array.of(seconds - 1n, seconds)), noon),
    ).toEqual(['0', '1']);
    const micros = BigInt(noon.getTime()) * 1000n;
    expect(
      ranges(raw(new TimestampMicrosecond(), BigInt64Array.of(micros - 1n, micros)), noon),
    ).toEqual(['0', '1']);
    const cents = raw(new Decimal(2, 10, 128), BigInt64Array.of(-101n, -1n, 250n, 0n, 251n, 0n));
    expect(ranges(cents, '-1', 2.505)).toEqual(['0', '1', '2']);
    expect(ranges(cents, -1n, 3)).toEqual(['0', '1', '1']);
  });

  it('want bounds that ascend and suit the column', () => {
    const column = vector(new Int32(), [1]);
    expect(() => range('k', [])).toThrow(TypeError);
    expect(() => ranges(column, 2, 2)).toThrow('the bounds of column "k" don\'t ascend');
    expect(() => ranges(column, 'a')).toThrow('a is no bound for column "k", which is Int32');
    expect(() => ranges(column, Number.NaN)).toThrow(TypeError);
    expect(() => ranges(vector(new Utf8(), ['a']), 1)).toThrow(TypeError);
    expect(() => ranges(vector(new Bool(), [true]), 1)).toThrow(
      'column "k" is Bool, which has no ranges',
    );
    expect(() => keysOf(batchOf({ k: column }), range('other', [1]))).toThrow('no column "other"');
  });
});
