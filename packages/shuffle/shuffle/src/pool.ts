import { once } from 'node:events';
import { MessageChannel, Worker } from 'node:worker_threads';
import { decode } from '@spillway/arrow/ipc';
import { ConnectionError, type Store } from '@spillway/core';
import { type RunningServer, Server } from '@spillway/server';
import { unpackFailure } from './failure.js';
import type { Job } from './job.js';
import { KeptOpen } from './kept-open.js';
import type { PackedOutcome, Report, Request, Task, ThreadData } from './messages.js';
import type { Outcome } from './splitter.js';

/** Tasks that a thread has at a time: one it works on, and the next. */
const TASKS_AT_A_TIME = 2;

/**
 * How long a thread may take to stop by itself, in ms: about as long as a task. One that is terminated while it loads
 * leaves the files open that it was reading.
 */
const GRACE = 5000;

/** The built file, also when this one is read as a source: threads don't read sources. */
const THREAD = new URL('../dist/thread.js', import.meta.url);

/**
 * Threads that work on tasks. They share the store by a server, each through a message port. The failure of one
 * interrupts the job.
 */
export class Pool implements AsyncDisposable {
  readonly workers: number;
  readonly #job: Job;
  readonly #onRows: (more: number) => void;
  #server: Promise<RunningServer> | undefined;
  #threads: readonly Thread[] = [];
  #wake: () => void = () => {};

  /** @param onRows is told how many more rows were read. */
  constructor(job: Job, workers: number, onRows: (more: number) => void) {
    this.workers = workers;
    this.#job = job;
    this.#onRows = onRows;
  }

  /** Whether all threads have loaded what they need. */
  get ready(): boolean {
    return this.#server !== undefined && this.#threads.every(({ ready }) => ready);
  }

  /** Starts the threads, unless they were. */
  start(): void {
    if (this.#server) return;
    this.#server = Server(new KeptOpen(this.#job.store.wrapped as Store));
    this.#server.catch((error) => this.#job.interruption.interrupt(error));
    this.#threads = Array.from({ length: this.workers }, (_, i) => this.#startThread(i));
  }

  /** Hands a task to a thread as soon as one wants it. */
  async give(task: Task): Promise<void> {
    for (;;) {
      this.#job.interruption.check();
      const [thread] = [...this.#threads].sort((a, b) => a.tasks - b.tasks);
      if (thread && thread.tasks < TASKS_AT_A_TIME) {
        thread.tasks++;
        thread.send(task);
        return;
      }
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await Promise.race([woken, this.#job.interruption.reached]);
    }
  }

  /** Resolves to what the threads stored, once they have no more to do. */
  async end(): Promise<Outcome[]> {
    for (const thread of this.#threads) thread.send('end');
    const outcomes = this.#threads.map(({ outcome }) => outcome);
    return Promise.race([Promise.all(outcomes), this.#job.interruption.reached]);
  }

  /** Stops the threads; resolves when they are gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await Promise.all(this.#threads.map((thread) => thread.stop()));
    } finally {
      // Why it didn't start was told already.
      await (await this.#server?.catch(() => undefined))?.close();
    }
  }

  #startThread(index: number): Thread {
    const { input, by, memory, interruption } = this.#job;
    const { port1, port2: port } = new MessageChannel();
    this.#server?.then((server) => server.connect(port1)).catch(() => {});
    const orders = { kind: input.kind, by, memory: memory / this.workers };
    const thread = new Thread({ ...orders, port }, index, (report) => {
      if (report === 'ready') thread.ready = true;
      else if (report === 'done') {
        thread.tasks--;
        this.#wake();
      } else if ('rows' in report) this.#told(report.rows);
      else if ('failure' in report) interruption.interrupt(unpackFailure(report.failure));
    });
    thread.outcome.catch((error) => interruption.interrupt(error));
    return thread;
  }

  /** What the caller's callback throws ends the job. */
  #told(rows: number): void {
    try {
      this.#onRows(rows);
    } catch (error) {
      this.#job.interruption.interrupt(error);
    }
  }
}

class Thread {
  /** Whether it has loaded what it needs. */
  ready = false;
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
