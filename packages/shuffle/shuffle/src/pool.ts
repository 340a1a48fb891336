import { once } from 'node:events';
import { MessageChannel, Worker } from 'node:worker_threads';
import { decode } from '@spillway/arrow/ipc';
import { ConnectionError } from '@spillway/core';
import type { RunningServer } from '@spillway/server';
import { unpackFailure } from './failure.js';
import type { Interruption } from './interruption.js';
import type { Orders, PackedOutcome, Report, Request, Task, ThreadData } from './messages.js';
import type { Outcome } from './splitter.js';

/** Tasks that a thread has at a time: one it works on, and the next. */
const TASKS_AT_A_TIME = 2;

/** How long a thread may take to stop by itself, in ms: about as long as a task. */
const GRACE = 5000;

/** The built file, also when this one is read as a source: threads don't read sources. */
const THREAD = new URL('../dist/thread.js', import.meta.url);

/** Threads that work on tasks. The failure of one interrupts the job. */
export class Pool implements AsyncDisposable {
  readonly #threads: readonly Thread[];
  readonly #interruption: Interruption;
  readonly #onRows: (rows: number) => void;
  #wake: () => void = () => {};

  /** @param server serves the store. @param onRows is told how many more rows were read. */
  constructor(
    server: RunningServer,
    orders: Orders,
    workers: number,
    interruption: Interruption,
    onRows: (rows: number) => void,
  ) {
    this.#interruption = interruption;
    this.#onRows = onRows;
    this.#threads = Array.from({ length: workers }, (_, i) => this.#start(server, orders, i));
  }

  /** Hands a task to a thread as soon as one wants it. */
  async give(task: Task): Promise<void> {
    for (;;) {
      this.#interruption.check();
      const [thread] = [...this.#threads].sort((a, b) => a.tasks - b.tasks);
      if (thread && thread.tasks < TASKS_AT_A_TIME) {
        thread.tasks++;
        thread.send(task);
        return;
      }
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await Promise.race([woken, this.#interruption.reached]);
    }
  }

  /** Resolves to what the threads stored, once they have no more to do. */
  async end(): Promise<Outcome[]> {
    for (const thread of this.#threads) thread.send('end');
    const outcomes = this.#threads.map(({ outcome }) => outcome);
    return Promise.race([Promise.all(outcomes), this.#interruption.reached]);
  }

  /** Stops the threads; resolves when they are gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.stop()));
  }

  #start(server: RunningServer, orders: Orders, index: number): Thread {
    const { port1, port2 } = new MessageChannel();
    server.connect(port1);
    const thread = new Thread({ ...orders, port: port2 }, index, (report) => {
      if (report === 'done') {
        thread.tasks--;
        this.#wake();
      } else if ('rows' in report) this.#told(report.rows);
      else if ('failure' in report) this.#interruption.interrupt(unpackFailure(report.failure));
    });
    thread.outcome.catch((error) => this.#interruption.interrupt(error));
    return thread;
  }

  /** What the caller's callback throws ends the job. */
  #told(rows: number): void {
    try {
      this.#onRows(rows);
    } catch (error) {
      this.#interruption.interrupt(error);
    }
  }
}

class Thread {
  /** Tasks it was given and hasn't done. */
  tasks = 0;
  /** What it stored in the end; rejects when it ends without. */
  readonly outcome: Promise<Outcome>;
  readonly #worker: Worker;
  readonly #exited: Promise<unknown>;

  constructor(data: ThreadData, index: number, onReport: (report: Report) => void) {
    this.#worker = new Worker(THREAD, {
      workerData: data,
      transferList: [data.port],
      name: `spillway shuffle ${index}`,
    });
    this.#exited = once(this.#worker, 'exit').catch(() => {});
    this.outcome = new Promise((resolve, reject) => {
      this.#worker.on('message', (report: Report) => {
        if (typeof report === 'object' && 'outcome' in report) resolve(unpack(report.outcome));
        else onReport(report);
      });
      this.#worker.on('error', reject);
      this.#worker.on('exit', (code) =>
        reject(new ConnectionError(`worker thread ${index} is gone, with exit code ${code}`)),
      );
    });
  }

  send(request: Request): void {
    const transfer =
      typeof request === 'object' && 'ipc' in request ? [request.ipc.buffer as ArrayBuffer] : [];
    this.#worker.postMessage(request, transfer);
  }

  async stop(): Promise<void> {
    this.#worker.postMessage('stop' satisfies Request);
    const late = setTimeout(() => this.#worker.terminate(), GRACE);
    await this.#exited;
    clearTimeout(late);
  }
}

function unpack({ counts, schema, mixed }: PackedOutcome): Outcome {
  return { counts, schema: schema && decode(schema).schema, mixed };
}
