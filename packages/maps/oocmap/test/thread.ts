import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

const PRELUDE = `
  const { parentPort, workerData } = require('node:worker_threads');
  const say = (line) => parentPort.postMessage(line);
  const turn = () => new Promise(setImmediate);
  import(${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)}).then(async ({ OOCMap }) => {
    const map = OOCMap(workerData);
`;

/** A thread of this process with `map`, `say` and `turn`. */
export class Thread {
  readonly lines: unknown[] = [];
  /** What it exits with. */
  readonly exit: Promise<number>;
  /** What it threw, if it did. */
  error: unknown;
  readonly #worker: Worker;

  constructor(directory: string, script: string) {
    this.#worker = new Worker(`${PRELUDE}${script} });`, { eval: true, workerData: directory });
    this.#worker.on('message', (line) => this.lines.push(line));
    this.#worker.on('error', (error) => {
      this.error = error;
    });
    this.exit = new Promise((resolve) => this.#worker.on('exit', resolve));
  }

  /** Waits until it has said so many lines. */
  async said(count: number): Promise<void> {
    while (this.lines.length < count) await once(this.#worker, 'message');
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }
}
