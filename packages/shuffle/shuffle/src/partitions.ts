import { join } from '@spillway/arrow/ipc';
import { ClosedError, type Key, type Store } from '@spillway/core';
import { type Schema, Table } from 'apache-arrow';
import type { Outcome } from './splitter.js';

/** Partitions are read in groups of about so many rows. */
const GROUP_ROWS = 65_536;

/** Tables of so many rows are read frame by frame, since those of one key would be copied together otherwise. */
const LARGE_ROWS = 8192;

/**
 * What {@link shuffle} made. Reading it reads the store: a partition at a time is in memory, or a few small ones.
 *
 * @typeParam V `Table` for tables, an array for rows.
 */
export class Partitions<V> implements AsyncIterable<readonly [key: string, value: V]> {
  /** Rows of each partition that has any, by its key; see `partitionKey` for null and other special values. */
  readonly counts: ReadonlyMap<string, number>;
  /** The schema of all partitions; `undefined` for rows. */
  readonly schema: Schema | undefined;
  readonly #store: Store<V>;
  readonly #complete: (value: V) => V;
  readonly #release: () => Promise<void>;
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor(store: Store<V>, { counts, schema, mixed }: Outcome, release: () => Promise<void>) {
    this.#store = store;
    this.counts = counts;
    this.schema = schema;
    this.#complete = completion(schema, mixed);
    this.#release = release;
  }

  /** A partition's rows; none, with the schema all the same, where there is no such partition. */
  async get(key: Key): Promise<V> {
    this.#checkOpen();
    return this.#complete(await this.#store.get(key));
  }

  /** A partition's rows in parts, for one larger than memory. */
  async *stream(key: Key): AsyncGenerator<V, void, void> {
    this.#checkOpen();
    for await (const part of this.#store.stream(key)) yield this.#complete(part);
  }

  /** Each partition with its rows. */
  async *[Symbol.asyncIterator](): AsyncGenerator<readonly [key: string, value: V], void, void> {
    for (const keys of this.#groups()) {
      this.#checkOpen();
      const values = await this.#read(keys);
      for (const [i, key] of keys.entries()) yield [key, this.#complete(values[i] as V)];
    }
  }

  /** Deletes a temporary store; one that was given as `into` stays as it is. */
  close(): Promise<void> {
    this.#closing ??= this.#release();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #read(keys: readonly string[]): Promise<V[]> {
    const [first] = keys;
    if (first === undefined || !this.#isLarge(first)) return this.#store.get(keys);
    const parts: Table[] = [];
    for await (const part of this.#store.stream(first)) parts.push(part as Table);
    return [join(parts) as V];
  }

  #isLarge(key: string): boolean {
    return this.schema !== undefined && (this.counts.get(key) ?? 0) >= LARGE_ROWS;
  }

  /** A large partition is a group of its own. */
  *#groups(): Generator<string[]> {
    let keys: string[] = [];
    let rows = 0;
    for (const [key, count] of this.counts) {
      const full = rows + count > GROUP_ROWS || this.#isLarge(key) || this.#isLarge(keys[0] ?? '');
      if (keys.length > 0 && full) {
        yield keys;
        keys = [];
        rows = 0;
      }
      keys.push(key);
      rows += count;
    }
    if (keys.length > 0) yield keys;
  }

  #checkOpen(): void {
    if (this.#closing) throw new ClosedError(`the partitions in ${this.#store} are closed`);
  }
}

/** Gives tables the schema of all, where they may have another or none. */
function completion<V>(schema: Schema | undefined, mixed: boolean): (value: V) => V {
  if (schema === undefined) return (value) => value;
  const empty = new Table(schema);
  return (value) => {
    const table = value as Table;
    const complete = table.numCols === 0 ? empty : mixed ? join([empty, table]) : table;
    return complete as V;
  };
}
