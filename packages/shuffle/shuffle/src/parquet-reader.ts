import { decode } from '@spillway/arrow/ipc';
import type { RecordBatch } from 'apache-arrow';
import { emptyBatch } from './chunk.js';
import type { ParquetFooter } from './parquet-file.js';
import { ReaderThread } from './reader-thread.js';
import type { Share } from './share.js';

/** About how long a thread takes to start, in ms. */
const STARTING = 50;

/**
 * Reads Parquet in threads of its own. There is one more whenever row groups were waited for as long as it takes to
 * start: where reading isn't what holds the job up, another thread would only take a core from those that work.
 */
export class ParquetReader {
  /** How many threads there may be. */
  threads = 1;
  readonly #threads: ReaderThread[] = [];
  /** Bytes of the largest row group so far. */
  #largest: number | undefined;
  #waited = 0;
  /** For how long row groups were waited for, in ms. */
  #late = 0;

  /** So many row groups should be asked for at a time: one a thread, and more that fit into so many bytes. */
  ahead(memory: number): number {
    return Math.max(this.#wanted, Math.floor(memory / (this.#largest ?? memory)));
  }

  /** For how long threads had nothing to do, since nobody asked for more, in ms. */
  get waited(): number {
    return this.#waited;
  }

  /** Tells that a row group was waited for, in ms. */
  late(time: number): void {
    this.#late += time;
  }

  /** @throws {StorageError} @throws {CorruptError} naming the file. */
  footer(path: string): Promise<ParquetFooter> {
    return this.#leastBusy().footer(path);
  }

  /**
   * The batches of a row group; at least one, which tells the schema.
   *
   * @throws {StorageError} @throws {CorruptError} naming the file and the row group.
   */
  async read(share: Share): Promise<RecordBatch[]> {
    const { ipc, waited } = await this.#leastBusy().rowGroup(share);
    this.#waited += waited;
    this.#largest = Math.max(this.#largest ?? 0, ipc.length);
    return batchesOf(ipc);
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }

  /** How many threads there should be. */
  get #wanted(): number {
    return Math.min(this.threads, 1 + Math.floor(this.#late / STARTING));
  }

  #leastBusy(): ReaderThread {
    const [least] = this.#threads.toSorted((a, b) => a.questions - b.questions);
    if (least && (least.questions === 0 || this.#threads.length >= this.#wanted)) return least;
    const thread = new ReaderThread();
    this.#threads.push(thread);
    return thread;
  }
}

/** The batches of an IPC stream; at least one, which tells the schema. */
export function batchesOf(ipc: Uint8Array): RecordBatch[] {
  const { schema, batches } = decode(ipc);
  return batches.length > 0 ? batches : [emptyBatch(schema)];
}
