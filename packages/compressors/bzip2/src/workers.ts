import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

/** What a worker does with bytes; `number` is the level or the limit. */
export interface Job {
  readonly work: 'compress' | 'decompress';
  readonly bytes: Uint8Array;
  readonly number: number;
}

/** What a worker answers. */
export type Outcome = { readonly bytes: Uint8Array } | { readonly error: unknown };

interface Waiting {
  readonly job: Job;
  readonly resolve: (bytes: Uint8Array) => void;
  readonly reject: (error: unknown) => void;
}

/** Built code, also when this is source. */
const WORKER = new URL('../dist/worker.js', import.meta.url);

/** How long a worker without work is kept, in milliseconds. */
const IDLE = 1000;

const MOST_WORKERS = Math.min(availableParallelism(), 8);

const waiting: Waiting[] = [];
/** Workers without a job, each with the timer that ends it. */
const idle = new Map<Worker, NodeJS.Timeout | undefined>();
let workers = 0;

/** Does a job on a thread of its own as soon as one is free. WebAssembly has no place in libuv's pool. */
export function inWorker(job: Job): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    waiting.push({ job, resolve, reject });
    if (idle.size === 0 && workers < MOST_WORKERS) start();
    else next();
  });
}

function start(): void {
  workers++;
  const worker = new Worker(WORKER, { execArgv: [] });
  idle.set(worker, undefined);
  next();
}

function next(): void {
  const [worker, timer] = waiting.length > 0 ? ([...idle].at(-1) ?? []) : [];
  if (!worker) return;
  clearTimeout(timer);
  idle.delete(worker);
  give(worker, waiting.shift() as Waiting);
}

/** A worker with a job keeps the process running, one without doesn't. */
function give(worker: Worker, { job, resolve, reject }: Waiting): void {
  const done = (outcome: Outcome) => {
    worker.off('message', done).off('error', failed);
    if ('bytes' in outcome) resolve(outcome.bytes);
    else reject(outcome.error);
    rest(worker);
    next();
  };
  const failed = (error: unknown) => {
    workers--;
    reject(new Error('the thread that ran bzip2 has ended', { cause: error }));
    if (waiting.length > 0) start();
  };
  worker.on('message', done).on('error', failed);
  worker.ref();
  worker.postMessage(job);
}

function rest(worker: Worker): void {
  worker.unref();
  const end = () => {
    idle.delete(worker);
    workers--;
    void worker.terminate();
  };
  idle.set(worker, setTimeout(end, IDLE).unref());
}
