import { fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Oracle } from './oracle.js';
import type { Service } from './service.js';
import { openSubject, type SubjectName } from './subject.js';
import { type Event, IN_DOUBT } from './tale.js';

const WORKER = fileURLToPath(new URL('./worker.js', import.meta.url));

/** How a store is tortured. */
export interface TortureOptions {
  readonly name: SubjectName;
  readonly path: string;
  /** Processes at a time. */
  readonly processes: number;
  /** How long one round lasts, in ms. */
  readonly roundTime: number;
  /** Gives numbers from 0 to 1. */
  readonly random: () => number;
  /** What is harmed while a round runs, besides the processes. */
  readonly service?: Service | undefined;
}

/** A process at work. */
interface Running {
  /** Ends it: by SIGKILL, or by letting it come to its end. */
  end(how: 'kill' | 'stop'): void;
  /** Resolves when it is gone and all it told was heard. */
  readonly gone: Promise<void>;
}

/** Rounds in which processes use a store at once and are killed, each round checked by an oracle. */
export class Rounds {
  readonly #options: TortureOptions;
  readonly #oracle: Oracle;
  #writers = 0;

  constructor(options: TortureOptions, oracle: Oracle) {
    this.#options = options;
    this.#oracle = oracle;
  }

  /** Runs one round; what is wrong then is in the oracle. */
  async run(): Promise<void> {
    const { processes, roundTime, random, name, path, service } = this.#options;
    service?.beginHarm();
    const end = performance.now() + roundTime;
    const slots = Array.from({ length: processes }, async () => {
      while (performance.now() < end && this.#oracle.wrong.length === 0) {
        const worker = this.#start();
        const kill = random() < 0.85;
        await Promise.race([sleep(200 + random() * (roundTime / 2)), worker.gone]);
        worker.end(kill ? 'kill' : 'stop');
        await worker.gone;
      }
    });
    await Promise.all(slots);
    await service?.calmDown();
    const store = openSubject(name, path);
    try {
      await this.#oracle.check(store);
    } finally {
      await store.close();
    }
  }

  /** Drops the store's contents. */
  async drop(): Promise<void> {
    const { name, path } = this.#options;
    const store = openSubject(name, path);
    await store.drop();
    for await (const key of store.keys()) this.#oracle.wrong.push(`${key} is there after a drop`);
    await store.close();
    this.#oracle.hearDrop();
  }

  #start(): Running {
    const writer = ++this.#writers;
    const { name, path, random } = this.#options;
    const seed = String(Math.floor(random() * 2 ** 31));
    const child = fork(WORKER, [name, path, String(writer), seed], {
      stdio: ['ignore', 'inherit', 'inherit', 'pipe', 'ipc'],
    });
    let killed = false;
    const lines = createInterface({ input: child.stdio[3] as Readable });
    lines.on('line', (line) => this.#oracle.hear(writer, JSON.parse(line) as Event));
    const told = new Promise<void>((resolve) => lines.on('close', resolve));
    const exited = new Promise<void>((resolve) => child.on('exit', () => resolve()));
    return {
      end: (how) => {
        if (child.exitCode !== null) return;
        if (how === 'stop') {
          child.send('stop', () => {});
          return;
        }
        killed = true;
        child.kill('SIGKILL');
      },
      gone: Promise.all([told, exited]).then(() => {
        this.#oracle.hearEnd(writer, killed || child.exitCode === IN_DOUBT);
      }),
    };
  }
}
