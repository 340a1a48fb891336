import { Worker } from 'node:worker_threads';
import { parquetError } from './parquet-failure.js';
import type { ParquetFailure, ParquetFooter } from './parquet-file.js';
import { type ParquetLibrary, parquetLibrary } from './parquet-library.js';
import type { Share } from './share.js';

/** The built file, also when this one is read as a source: threads don't read sources. */
const THREAD = new URL('../dist/parquet-thread.js', import.meta.url);

/** What the thread is asked for: a row group, or the footer. */
export interface ParquetQuestion {
  readonly share: Share;
  readonly library: ParquetLibrary;
}

export type ParquetAnswer =
  | { readonly footer: ParquetFooter }
  | RowGroup
  | { readonly failure: ParquetFailure };

/** A row group as an IPC stream, and for how long the thread had had nothing to do, in ms. */
export interface RowGroup {
  readonly ipc: Uint8Array;
  readonly waited: number;
}

/** A thread that reads Parquet files, one question after the other. */
export class ReaderThread {
  readonly #worker = new Worker(THREAD, { name: 'spillway parquet' });
  /** Resolves when it has loaded what it needs. */
  readonly #loaded: Promise<void>;
  /** Who waits for answers, in the order of the questions. */
  readonly #waiting: { resolve(answer: ParquetAnswer): void; reject(error: unknown): void }[] = [];
  #questions = 0;

  constructor() {
    this.#loaded = new Promise((resolve) => {
      this.#worker.on('message', (answer: ParquetAnswer | 'ready') => {
        if (answer === 'ready') resolve();
        else this.#waiting.shift()?.resolve(answer);
      });
      this.#worker.once('exit', () => resolve());
    });
    this.#worker.on('error', (error) => {
      for (const waiting of this.#waiting.splice(0)) waiting.reject(error);
    });
  }

  /** Questions that are not answered. */
  get questions(): number {
    return this.#questions;
  }

  /** @throws {StorageError} @throws {CorruptError} naming the file. */
  async footer(path: string): Promise<ParquetFooter> {
    return ((await this.#ask({ path })) as { readonly footer: ParquetFooter }).footer;
  }

  /** @throws {StorageError} @throws {CorruptError} naming the file and the row group. */
  async rowGroup(share: Share): Promise<RowGroup> {
    return (await this.#ask(share)) as RowGroup;
  }

  async close(): Promise<void> {
    // One that is terminated while it loads leaves the files open that it was reading.
    await this.#loaded;
    await this.#worker.terminate();
  }

  async #ask(share: Share): Promise<ParquetAnswer> {
    this.#questions++;
    const question = { share, library: await parquetLibrary() } satisfies ParquetQuestion;
    const answer = await new Promise<ParquetAnswer>((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage(question);
    });
    this.#questions--;
    if ('failure' in answer) throw await parquetError(answer.failure);
    return answer;
  }
}
