import type { Schema } from 'apache-arrow';
import type { Chunk } from './chunk.js';

/** Splits the rows of one thread and appends them to a store. */
export interface Splitter {
  add(chunk: Chunk): Promise<void>;
  /** Appends what is left. */
  end(): Promise<Outcome>;
}

/** What was stored. */
export interface Outcome {
  /** Rows by partition. */
  readonly counts: Map<string, number>;
  /** The schema of tables; `undefined` for rows, and where no table came. */
  readonly schema: Schema | undefined;
  /** Whether tables had schemas that differ: then partitions may hold some of the earlier ones. */
  readonly mixed: boolean;
}

/** Gets what is to be appended: keys of partitions with rows. The values are good until it resolves. */
export type Sink<V> = (entries: (readonly [key: string, value: V])[]) => Promise<void>;
