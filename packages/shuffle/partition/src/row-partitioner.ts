import { SchemaError, typeName } from '@spillway/core';
import type { By, Hash, Range, Row } from './by.js';
import { KeyNumbers } from './key-numbers.js';
import { NULL_KEY } from './partition-key.js';
import { hashBytes, hashWords } from './xxh32.js';

/** Numbers the partitions of rows that are objects, from 0 on. */
export interface RowPartitioner {
  /** The key of a partition. */
  key(partition: number): string;
  /**
   * The partition of a row.
   *
   * @throws {SchemaError} when it lacks a column, or a value can't be told apart so.
   */
  number(row: Row): number;
}

/**
 * What tells rows apart that are objects, by the values they have: `partitioner` for rows.
 *
 * For {@link hash}, numbers are floats and bigints are integers; dates are timestamps in milliseconds.
 *
 * @throws {TypeError} for bounds that don't ascend. @throws {SchemaError} for bounds of several types.
 */
export function rowPartitioner(by: By): RowPartitioner {
  if (typeof by === 'string') return new ByKey((row) => valueIn(row, by) as never);
  if (typeof by === 'function') return new ByKey(by);
  return by.kind === 'hash' ? new ByHash(by) : new ByRange(by);
}

class ByKey implements RowPartitioner {
  readonly #numbers = new KeyNumbers();
  readonly #by: Extract<By, (row: Row) => unknown>;

  constructor(by: Extract<By, (row: Row) => unknown>) {
    this.#by = by;
  }

  key(partition: number): string {
    return this.#numbers.keys[partition] as string;
  }

  number(row: Row): number {
    return this.#numbers.number(this.#by(row));
  }
}

class ByHash implements RowPartitioner {
  readonly #hash: Hash;

  constructor(hash: Hash) {
    this.#hash = hash;
  }

  key(partition: number): string {
    return String(partition);
  }

  number(row: Row): number {
    const { columns, partitions } = this.#hash;
    const hashes = columns.map((column) => hashValue(valueIn(row, column), column));
    return (hashes.reduce(hashWords) >>> 0) % partitions;
  }
}

class ByRange implements RowPartitioner {
  readonly #column: string;
  readonly #bounds: readonly Comparable[];

  constructor({ column, bounds }: Range) {
    this.#column = column;
    this.#bounds = bounds.map((bound) => comparable(bound, column));
    this.#bounds.forEach((bound, i) => {
      const before = this.#bounds[i - 1];
      if (before !== undefined && this.#compare(before, bound) >= 0)
        throw new TypeError(`the bounds of column "${column}" don't ascend`);
    });
  }

  key(partition: number): string {
    return partition > this.#bounds.length ? NULL_KEY : String(partition);
  }

  number(row: Row): number {
    const value = valueIn(row, this.#column);
    if (value === null || value === undefined) return this.#bounds.length + 1;
    const compared = comparable(value, this.#column);
    let from = 0;
    let to = this.#bounds.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.#compare(compared, this.#bounds[middle] as Comparable) < 0) to = middle;
      else from = middle + 1;
    }
    return from;
  }

  #compare(a: Comparable, b: Comparable): number {
    if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
    if (a instanceof Uint8Array || b instanceof Uint8Array) throw mixed(this.#column);
    // NaN is above all.
    return a < b || Number.isNaN(b) ? -1 : a > b || Number.isNaN(a) ? 1 : 0;
  }
}

function mixed(field: string): SchemaError {
  return new SchemaError(
    `column "${field}" has text or bytes beside numbers or dates, in its values or bounds; they have no order`,
    { field },
  );
}

/** Numbers and dates as numbers, text and bytes as bytes. */
type Comparable = number | bigint | Uint8Array;

function comparable(value: unknown, column: string): Comparable {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  if (value instanceof Uint8Array) return value;
  if (value instanceof Date) return value.getTime();
  if (typeof value === 'string') return utf8.encode(value);
  throw unfit(value, column);
}

function hashValue(value: unknown, column: string): number {
  if (value === null || value === undefined) return 0;
  if (typeof value === 'string') return hashAll(utf8.encode(value));
  if (value instanceof Uint8Array) return hashAll(value);
  if (typeof value === 'number') {
    // One NaN and no -0, as in columns.
    double[0] = Number.isNaN(value) ? Number.NaN : value + 0;
    return hashWords(words[0] as number, words[1] as number);
  }
  if (typeof value === 'bigint' || typeof value === 'boolean') integer[0] = BigInt(value);
  else if (value instanceof Date && !Number.isNaN(value.getTime()))
    integer[0] = BigInt(value.getTime());
  else throw unfit(value, column);
  return hashWords(words[0] as number, words[1] as number);
}

const utf8 = new TextEncoder();
const double = new Float64Array(1);
const integer = new BigInt64Array(double.buffer);
const words = new Int32Array(double.buffer);

function hashAll(bytes: Uint8Array): number {
  return hashBytes(bytes, 0, bytes.length);
}

function valueIn(row: Row, column: string): unknown {
  const value = row[column];
  if (value !== undefined || column in row) return value;
  const names = Object.keys(row).map((name) => JSON.stringify(name));
  throw new SchemaError(
    `there is no column "${column}"; there are ${names.join(', ') || 'none at all'}`,
    { field: column },
  );
}

function unfit(value: unknown, column: string): SchemaError {
  return new SchemaError(
    `column "${column}" has ${typeName(value)}, which can't be a key; partition by a function of the row`,
    { field: column },
  );
}
