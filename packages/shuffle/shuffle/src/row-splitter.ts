import { SchemaError } from '@spillway/core';
import { type By, type RowPartitioner, rowPartitioner } from '@spillway/partition';
import { approximateBytes } from './approximate-bytes.js';
import type { RowObject } from './chunk.js';
import type { Outcome, Sink, Splitter } from './splitter.js';

/** A partition's rows are handed over at so many bytes. */
const FRAME_BYTES = 2 ** 20;

/** Splits rows that are objects; their number of bytes is estimated. */
export class RowSplitter implements Splitter {
  readonly #partitioner: RowPartitioner;
  readonly #memory: number;
  readonly #sink: Sink<RowObject[]>;
  readonly #counts = new Map<string, number>();
  readonly #gathered = new Map<number, Gathered>();
  #bytes = 0;
  #rows = 0;

  /** @param memory bytes for gathered rows. */
  constructor(by: By, memory: number, sink: Sink<RowObject[]>) {
    this.#partitioner = rowPartitioner(by);
    this.#memory = memory;
    this.#sink = sink;
  }

  /** @throws {SchemaError} when a column is missing, or its value can't be a key. */
  async add(rows: readonly RowObject[]): Promise<void> {
    const full = new Set<number>();
    for (const row of rows) {
      const partition = this.#number(row);
      const bytes = approximateBytes(row);
      const gathered = this.#gatheredBy(partition);
      gathered.rows.push(row);
      gathered.bytes += bytes;
      this.#bytes += bytes;
      this.#rows++;
      if (gathered.bytes >= FRAME_BYTES) full.add(partition);
    }
    if (this.#bytes >= this.#memory) await this.#append([...this.#gathered.keys()]);
    else if (full.size > 0) await this.#append([...full]);
  }

  async end(): Promise<Outcome> {
    await this.#append([...this.#gathered.keys()]);
    return { counts: this.#counts, schema: undefined, mixed: false };
  }

  #number(row: RowObject): number {
    try {
      return this.#partitioner.number(row);
    } catch (error) {
      if (!(error instanceof SchemaError)) throw error;
      const field = error.field;
      throw new SchemaError(`row ${this.#rows}: ${error.message}`, {
        cause: error,
        ...(field !== undefined && { field }),
      });
    }
  }

  #gatheredBy(partition: number): Gathered {
    let gathered = this.#gathered.get(partition);
    if (gathered === undefined) {
      gathered = { rows: [], bytes: 0 };
      this.#gathered.set(partition, gathered);
    }
    return gathered;
  }

  async #append(partitions: readonly number[]): Promise<void> {
    const entries = partitions.map((partition) => {
      const key = this.#partitioner.key(partition);
      const { rows, bytes } = this.#gathered.get(partition) as Gathered;
      this.#gathered.delete(partition);
      this.#bytes -= bytes;
      this.#counts.set(key, (this.#counts.get(key) ?? 0) + rows.length);
      return [key, rows] as const;
    });
    if (entries.length > 0) await this.#sink(entries);
  }
}

interface Gathered {
  readonly rows: RowObject[];
  bytes: number;
}
