import type { Store } from '@spillway/core';
import { defaultStore } from './default-store.js';
import { Interruption } from './interruption.js';
import { checkOptions, requireCodec, type ShuffleOptions } from './options.js';
import { Partitions } from './partitions.js';
import { openSource, type Source, type Stored } from './source.js';
import { splitHere } from './split-here.js';
import { splitInThreads } from './split-in-threads.js';

/** Of the memory, the rows being gathered may take this share, and the default store as much. */
const GATHERED_SHARE = 3 / 8;
const STORED_SHARE = 1 / 2;

/**
 * Splits `source` by a key. Tables stay tables, column by column; rows stay rows. Rows of a partition keep the order
 * of the source when there are no workers.
 *
 * @param source a table; an iterable or async iterable of tables, record batches or row objects; or paths of files:
 *   Parquet and Arrow IPC hold tables, CSV and NDJSON rows.
 * @returns the partitions once all are stored. Close them: that deletes a temporary store.
 * @throws {TypeError} for a wrong option or source.
 * @throws {SchemaError} naming the field: a column is missing, can't be a key, or changes to a type that can't be
 *   unified with its own.
 * @throws {CorruptError} naming the file and the place where it is cut off or damaged.
 * @throws {StorageError} when a file can't be read or a partition not be stored.
 *
 * When it rejects, its threads and temporary files are gone; what was appended to `into` stays there.
 */
export function shuffle<V>(
  source: Source,
  options: ShuffleOptions<V> & { readonly into: Store<V> },
): Promise<Partitions<V>>;
export function shuffle<S extends Source>(
  source: S,
  options: ShuffleOptions,
): Promise<Partitions<Stored<S>>>;
export async function shuffle(source: Source, options: ShuffleOptions): Promise<unknown> {
  const { by, workers, memory } = checkOptions(options);
  const { into, onProgress } = options;
  using interruption = new Interruption(options.signal);
  const input = await openSource(source, interruption.reached);
  try {
    const store = into ?? defaultStore(input.kind, memory * STORED_SHARE);
    try {
      requireCodec(input.kind, store);
      const job = { by, input, memory: memory * GATHERED_SHARE, store, interruption, onProgress };
      const split = workers > 0 ? splitInThreads(job, workers) : splitHere(job);
      return new Partitions<never>(
        store,
        await split,
        into ? async () => {} : () => discard(store),
      );
    } catch (error) {
      if (!into) await discard(store);
      throw error;
    }
  } finally {
    await input.close?.();
  }
}

/** Closes a temporary store without spilling what nobody wants any more. */
async function discard(store: Store<unknown>): Promise<void> {
  try {
    await store.drop();
  } finally {
    await store.close();
  }
}
