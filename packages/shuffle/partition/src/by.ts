import { typeName } from '@spillway/core';
import type { PartitionValue } from './partition-key.js';

/** A row as functions see it: its values by column, as `apache-arrow` gives them. */
export type Row = { readonly [column: string]: unknown };

/**
 * How rows are told apart:
 * - the name of a column: a partition for each value, one for null;
 * - {@link hash}: so many partitions, by the hash of columns;
 * - {@link range}: partitions between bounds;
 * - a function of the row. The row it gets is good during the call only.
 */
export type By = string | Hash | Range | ((row: Row) => PartitionValue);

/** What {@link hash} gives. */
export interface Hash {
  readonly kind: 'hash';
  readonly columns: readonly string[];
  readonly partitions: number;
}

/** A bound of {@link range}. */
export type Bound = number | bigint | string | Date | Uint8Array;

/** What {@link range} gives. */
export interface Range {
  readonly kind: 'range';
  readonly column: string;
  readonly bounds: readonly Bound[];
}

/** Arrays with an element for each partition should stay small beside memory. */
const MOST_PARTITIONS = 2 ** 24;

/**
 * Partitions `0` to `n - 1`, by the hash of one or more columns: XXH32 with seed 0, modulo `n`.
 *
 * A value is hashed as bytes: integers, booleans, dates, times, timestamps and durations as 64-bit integers,
 * floats as doubles (one NaN, no -0), both little-endian; text as UTF-8; binary values and decimals as they are
 * stored; a dictionary's as the values they stand for. The hash of null is 0. Of several columns, the first two
 * hashes are hashed together as little-endian 32-bit words, the result with the third, and so on. So equal rows
 * get equal partitions in every process, on every machine and in every version.
 *
 * @throws {TypeError} when `n` is no whole number from 1 to 16,777,216, or no column is named.
 */
export function hash(columns: string | readonly string[], n: number): Hash {
  const names = typeof columns === 'string' ? [columns] : columns;
  if (
    !Array.isArray(names) ||
    names.length === 0 ||
    names.some((name) => typeof name !== 'string')
  ) {
    throw new TypeError('hash() wants the names of one or more columns');
  }
  if (!(Number.isInteger(n) && n >= 1 && n <= MOST_PARTITIONS)) {
    throw new TypeError(`hash() wants a whole number of partitions, not ${String(n)}`);
  }
  return { kind: 'hash', columns: [...names], partitions: n };
}

/**
 * Partitions `0` to `bounds.length`: number `i` holds values from `bounds[i - 1]` on and below `bounds[i]`. NaN
 * is above all bounds; null has a partition of its own.
 *
 * @param bounds in ascending order: numbers or bigints for numbers and decimals; dates for dates and timestamps,
 *   or numbers of the column's units; strings for text, which compare by UTF-8 bytes; bytes for binary values.
 * @throws {TypeError} when there are no bounds. Whether they suit the column is found when it is known.
 */
export function range(column: string, bounds: readonly Bound[]): Range {
  if (typeof column !== 'string')
    throw new TypeError(`range() wants a column, not ${typeName(column)}`);
  if (!Array.isArray(bounds) || bounds.length === 0) throw new TypeError('range() wants bounds');
  return { kind: 'range', column, bounds: [...bounds] };
}
