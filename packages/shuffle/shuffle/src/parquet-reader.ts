import { Worker } from 'node:worker_threads';
import { decode } from '@spillway/arrow/ipc';
import type { RecordBatch } from 'apache-arrow';
import { emptyBatch } from './chunk.js';
import { type Failure, unpackFailure } from './failure.js';
import type { ParquetFooter } from './parquet-file.js';
import type { Share } from './share.js';

/** The built file, also when this one is read as a source: threads don't read sources. */
const THREAD = new URL('../dist/parquet-thread.js', import.meta.url);

/** What the thread is asked: for a row group, or for the footer. */
export interface ParquetQuestion {
  readonly path: string;
  readonly rowGroup?: number;
}

export type ParquetAnswer =
  | { readonly footer: ParquetFooter }
  | { readonly ipc: Uint8Array }
  | { readonly failure: Failure };

/** Reads Parquet in a thread of its own, which starts when it is needed: one row group ahead of who splits them. */
export class ParquetReader {
  #worker: Worker | undefined;
  /** Who waits for answers, in the order of the questions. */
  readonly #waiting: { resolve(answer: ParquetAnswer): void; reject(error: unknown): void }[] = [];
  /** The row group asked for ahead. */
  #ahead: { readonly share: Share; readonly answer: Promise<ParquetAnswer> } | undefined;

  /** @throws {StorageError} @throws {CorruptError} naming the file. */
  async footer(path: string): Promise<ParquetFooter> {
    const answer = await this.#ask({ path });
    return (answer as Extract<ParquetAnswer, { readonly footer: unknown }>).footer;
  }

  /**
   * The batches of a row group.
   *
   * @param next is read meanwhile.
   * @throws {StorageError} @throws {CorruptError} naming the file and the row group.
   */
  async *read(share: Share, next: Share | undefined): AsyncGenerator<RecordBatch> {
    const asked = this.#ahead?.share === share ? this.#ahead.answer : this.#ask(share);
    this.#ahead = undefined;
    const answer = await asked;
    if (next?.rowGroup !== undefined) {
      this.#ahead = { share: next, answer: this.#ask(next) };
      // Who asks for it will hear of a failure.
      this.#ahead.answer.catch(() => {});
    }
    yield* batchesOf((answer as Extract<ParquetAnswer, { readonly ipc: unknown }>).ipc);
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #ask(question: ParquetQuestion): Promise<ParquetAnswer> {
    this.#worker ??= this.#start();
    this.#worker.postMessage(question);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  #start(): Worker {
    const worker = new Worker(THREAD, { name: 'spillway parquet' });
    worker.on('message', (answer: ParquetAnswer) => {
      const waiting = this.#waiting.shift();
      if ('failure' in answer) waiting?.reject(unpackFailure(answer.failure));
      else waiting?.resolve(answer);
    });
    worker.on('error', (error) => {
      for (const waiting of this.#waiting.splice(0)) waiting.reject(error);
    });
    return worker;
  }
}

/** The batches of an IPC stream; at least one, which tells the schema. */
export function batchesOf(ipc: Uint8Array): RecordBatch[] {
  const { schema, batches } = decode(ipc);
  return batches.length > 0 ? batches : [emptyBatch(schema)];
}
