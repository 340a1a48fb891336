import type { DataType, RecordBatch, Schema } from 'apache-arrow';
import type { By, Hash, Range, Row } from './by.js';
import { ColumnNumbers } from './column-numbers.js';
import { KeyNumbers } from './key-numbers.js';
import type { KeyValues } from './key-values.js';
import { Numbering } from './numbering.js';
import { NULL_KEY, type PartitionValue } from './partition-key.js';
import { rangeNumbers } from './range-numbers.js';
import { RowView } from './row-view.js';
import { Scratch } from './scratch.js';
import { valueKey } from './value-key.js';
import { hashBytes, hashWords } from './xxh32.js';

/** Numbers the partitions of rows, from 0 on, over any number of batches of one schema. */
export interface Partitioner {
  /** How many partitions there are so far; some may be without rows. */
  readonly count: number;
  /** The key of a partition. */
  key(partition: number): string;
  /** Writes the partition of each row of a batch to `partitions`. */
  assign(batch: RecordBatch, partitions: Int32Array): void;
}

/**
 * What tells the rows of a schema apart.
 *
 * @throws {SchemaError} when a column is missing, or of a type that can't be told apart so.
 * @throws {TypeError} for bounds that don't suit their column.
 */
export function partitioner(schema: Schema, by: By): Partitioner {
  if (typeof by === 'string') return new ByValue(schema, by);
  if (typeof by === 'function') return new ByFunction(schema, by);
  return by.kind === 'hash' ? new ByHash(schema, by) : new ByRange(schema, by);
}

class ByValue implements Partitioner {
  readonly #keys: string[] = [];
  readonly #numbering = new Numbering();
  readonly #column: ColumnNumbers;

  constructor(schema: Schema, column: string) {
    this.#column = new ColumnNumbers(schema, column, (values, type, numbers) =>
      this.#numbering.number(values, numbers, (row) =>
        this.#keys.push(valueKey(values, type, row)),
      ),
    );
  }

  get count(): number {
    return this.#keys.length;
  }

  key(partition: number): string {
    return this.#keys[partition] as string;
  }

  assign(batch: RecordBatch, partitions: Int32Array): void {
    this.#column.number(batch, partitions);
  }
}

class ByHash implements Partitioner {
  readonly count: number;
  readonly #columns: readonly ColumnNumbers[];
  readonly #more = new Scratch(Int32Array);

  constructor(schema: Schema, { columns, partitions }: Hash) {
    this.count = partitions;
    this.#columns = columns.map((column) => new ColumnNumbers(schema, column, hashValues));
  }

  key(partition: number): string {
    return String(partition);
  }

  assign(batch: RecordBatch, partitions: Int32Array): void {
    const { numRows } = batch;
    const [first, ...others] = this.#columns as [ColumnNumbers, ...ColumnNumbers[]];
    first.number(batch, partitions);
    for (const column of others) {
      const more = this.#more.take(numRows);
      column.number(batch, more);
      for (let row = 0; row < numRows; row++) {
        partitions[row] = hashWords(partitions[row] as number, more[row] as number);
      }
    }
    reduceAll(partitions, numRows, this.count);
  }
}

class ByRange implements Partitioner {
  readonly count: number;
  readonly #column: ColumnNumbers;

  constructor(schema: Schema, range: Range) {
    this.count = range.bounds.length + 2;
    this.#column = new ColumnNumbers(schema, range.column, rangeNumbers(schema, range));
  }

  /** The last one is that of null. */
  key(partition: number): string {
    return partition === this.count - 1 ? NULL_KEY : String(partition);
  }

  assign(batch: RecordBatch, partitions: Int32Array): void {
    this.#column.number(batch, partitions);
  }
}

class ByFunction implements Partitioner {
  readonly #numbers = new KeyNumbers();
  readonly #rows: RowView;
  readonly #by: (row: Row) => PartitionValue;

  constructor(schema: Schema, by: (row: Row) => PartitionValue) {
    this.#rows = new RowView(schema);
    this.#by = by;
  }

  get count(): number {
    return this.#numbers.keys.length;
  }

  key(partition: number): string {
    return this.#numbers.keys[partition] as string;
  }

  assign(batch: RecordBatch, partitions: Int32Array): void {
    this.#rows.show(batch);
    for (let row = 0; row < batch.numRows; row++) {
      partitions[row] = this.#numbers.number(this.#by(this.#rows.at(row)));
    }
  }
}

/** Unsigned hashes modulo `count`. By the reciprocal, as a division takes several times as long as the hash. */
function reduceAll(hashes: Int32Array, length: number, count: number): void {
  if ((count & (count - 1)) === 0) {
    for (let i = 0; i < length; i++) hashes[i] = (hashes[i] as number) & (count - 1);
    return;
  }
  const reciprocal = 1 / count;
  for (let i = 0; i < length; i++) {
    const hash = (hashes[i] as number) >>> 0;
    // The quotient may be one too large or small; products of it are exact.
    const rest = hash - Math.floor(hash * reciprocal) * count;
    hashes[i] = rest < 0 ? rest + count : rest >= count ? rest - count : rest;
  }
}

/** The hash of each value, 0 for null. */
function hashValues(values: KeyValues, _type: DataType, hashes: Int32Array): void {
  const { length, valid } = values;
  if (values.shape === 'words') {
    const { words } = values;
    for (let i = 0; i < length; i++) {
      hashes[i] = hashWords(words[2 * i] as number, words[2 * i + 1] as number);
    }
  } else {
    const { source, offsets } = values;
    for (let i = 0; i < length; i++) {
      hashes[i] = hashBytes(source, offsets[i] as number, offsets[i + 1] as number);
    }
  }
  if (valid !== undefined) for (let i = 0; i < length; i++) if (valid[i] === 0) hashes[i] = 0;
}
