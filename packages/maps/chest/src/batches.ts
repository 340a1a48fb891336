import { estimate } from './estimate.js';
import { type ChestKey, nameOf } from './key.js';

/** So many values, or bytes of them, are one batch at most. */
const MOST = 4096;
const MOST_BYTES = 4 * 2 ** 20;

/** Values to be set, in columns. */
export interface Batch<V> {
  readonly names: string[];
  readonly values: V[];
  /** What each takes in memory. */
  readonly bytes: number[];
}

/** Entries in batches, each of `mostBytes` at most, but for one last value. @throws {KeyError} */
export function* inBatches<V>(
  entries: Iterable<readonly [key: ChestKey, value: V]>,
  mostBytes: number,
): Generator<Batch<V>, void, void> {
  let batch: Batch<V> = { names: [], values: [], bytes: [] };
  let left = Math.min(mostBytes, MOST_BYTES);
  for (const [key, value] of entries) {
    const bytes = estimate(value);
    batch.names.push(nameOf(key));
    batch.values.push(value);
    batch.bytes.push(bytes);
    left -= bytes;
    if (batch.names.length < MOST && left > 0) continue;
    yield batch;
    batch = { names: [], values: [], bytes: [] };
    left = Math.min(mostBytes, MOST_BYTES);
  }
  if (batch.names.length > 0) yield batch;
}
