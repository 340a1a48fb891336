import { SchemaError } from '@spillway/core';
import { DataType, type Schema } from 'apache-arrow';
import { bytesBound, decimalBound, doubleBound, integerBound } from './bounds.js';
import type { Bound, Range } from './by.js';
import { keyType, type NumberValues } from './column-numbers.js';
import { type Bytes, type KeyValues, shapeOf, type Words } from './key-values.js';
import { decimalValue } from './value-key.js';

/**
 * Numbers values by the bounds of a range: how many of them are not above the value. Null gets one more than any.
 *
 * @throws {SchemaError} for a column that has no order. @throws {TypeError} for bounds that don't suit the
 *   column, or don't ascend.
 */
export function rangeNumbers(schema: Schema, { column, bounds }: Range): NumberValues {
  const ranks = ranksOf(keyType(schema, column), bounds, column);
  return (values, _type, numbers) => {
    const { length, valid } = values;
    const rank = ranks(values);
    for (let row = 0; row < length; row++) numbers[row] = rank(row);
    if (valid === undefined) return;
    for (let row = 0; row < length; row++) if (valid[row] === 0) numbers[row] = bounds.length + 1;
  };
}

/** How many bounds are not above the value of a row, for the rows of a batch. */
type Ranks = (values: KeyValues) => (row: number) => number;

function ranksOf(type: DataType, given: readonly Bound[], column: string): Ranks {
  const take = <B>(convert: (bound: Bound) => B | undefined, compare: (a: B, b: B) => number) => {
    const bounds = given.map((bound) => {
      const converted = convert(bound);
      if (converted !== undefined) return converted;
      throw new TypeError(`${String(bound)} is no bound for column "${column}", which is ${type}`);
    });
    if (bounds.some((bound, i) => i > 0 && compare(bounds[i - 1] as B, bound) >= 0))
      throw new TypeError(`the bounds of column "${column}" don't ascend`);
    return bounds;
  };
  if (DataType.isFloat(type)) return doubleRanks(take(doubleBound, (a, b) => a - b));
  if (DataType.isDecimal(type)) {
    return decimalRanks(take((bound) => decimalBound(bound, type), compareBigints));
  }
  if (shapeOf(type) === 'bytes') return bytesRanks(take(bytesBound, compareBytes));
  if (shapeOf(type) !== 'words' || DataType.isBool(type) || DataType.isNull(type)) {
    throw new SchemaError(`column "${column}" is ${type}, which has no ranges`, { field: column });
  }
  const signed = !(DataType.isInt(type) && !type.isSigned);
  return integerRanks(
    take((bound) => integerBound(bound, type), compareBigints),
    signed,
  );
}

function doubleRanks(given: readonly number[]): Ranks {
  const bounds = Float64Array.from(given);
  return (values) => {
    const { buffer, byteOffset } = (values as Words).words;
    const doubles = new Float64Array(buffer, byteOffset, values.length);
    return (row) => {
      const value = doubles[row] as number;
      return count(bounds.length, (i) => !(value < (bounds[i] as number)));
    };
  };
}

function integerRanks(given: readonly bigint[], signed: boolean): Ranks {
  // Both words are compared as signed numbers, which turns the order of unsigned ones around zero.
  const turn = 0x8000_0000 | 0;
  const turnHigh = signed ? 0 : turn;
  const least = signed ? -(2n ** 63n) : 0n;
  const most = signed ? 2n ** 63n - 1n : 2n ** 64n - 1n;
  const bounds = given
    .filter((bound) => bound <= most)
    .map((bound) => (bound < least ? least : bound));
  const highs = Int32Array.from(
    bounds,
    (bound) => Number(BigInt.asIntN(32, bound >> 32n)) ^ turnHigh,
  );
  const lows = Int32Array.from(bounds, (bound) => Number(BigInt.asIntN(32, bound)) ^ turn);
  return (values) => {
    const { words } = values as Words;
    return (row) => {
      const low = (words[2 * row] as number) ^ turn;
      const high = (words[2 * row + 1] as number) ^ turnHigh;
      return count(bounds.length, (i) => {
        const boundHigh = highs[i] as number;
        return high > boundHigh || (high === boundHigh && low >= (lows[i] as number));
      });
    };
  };
}

function decimalRanks(bounds: readonly bigint[]): Ranks {
  return (values) => {
    const { source, offsets } = values as Bytes;
    return (row) => {
      const value = decimalValue(source.subarray(offsets[row], offsets[row + 1]));
      return count(bounds.length, (i) => value >= (bounds[i] as bigint));
    };
  };
}

function bytesRanks(bounds: readonly Uint8Array[]): Ranks {
  return (values) => {
    const { source, offsets } = values as Bytes;
    return (row) => {
      const from = offsets[row] as number;
      const to = offsets[row + 1] as number;
      return count(
        bounds.length,
        (i) => comparePart(source, from, to, bounds[i] as Uint8Array) >= 0,
      );
    };
  };
}

/** How many of `length` ascending bounds `reaches` holds for. */
function count(length: number, reaches: (index: number) => boolean): number {
  let from = 0;
  let to = length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (reaches(middle)) from = middle + 1;
    else to = middle;
  }
  return from;
}

function compareBigints(a: bigint, b: bigint): number {
  return a < b ? -1 : Number(a > b);
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  return comparePart(a, 0, a.length, b);
}

/** Compares `bytes[from…to)` with other bytes. */
function comparePart(bytes: Uint8Array, from: number, to: number, other: Uint8Array): number {
  const length = Math.min(to - from, other.length);
  for (let i = 0; i < length; i++) {
    const difference = (bytes[from + i] as number) - (other[i] as number);
    if (difference !== 0) return difference;
  }
  return to - from - other.length;
}
