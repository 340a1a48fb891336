import { LockError, quote } from '@spillway/core';
import { ExclusiveLock, LOCK_FOLDER } from '@spillway/core/node';
import { idOf } from './entry-name.js';

/** A lock that is held. */
export interface Held {
  /** Whether it still is; see {@link ExclusiveLock}. */
  readonly held: boolean;
  /** @returns `false` when it was lost before. */
  release(): boolean;
}

/** The locks of a directory's entries. */
export class Locks {
  /** How long to wait for others, in ms. */
  readonly timeout: number;
  readonly #root: string;
  /** For each entry, the end of the last one here that has or wants its lock: they don't race for it. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(root: string, timeout: number) {
    this.#root = root;
    this.timeout = timeout;
  }

  /** Who has an entry's lock, as in `process 4711 on worker-3`. */
  holder(name: string): string | undefined {
    return ExclusiveLock.holder(this.#folder(name));
  }

  /**
   * Takes an entry's lock.
   *
   * @throws {LockError} when others don't let go in time.
   */
  async acquire(name: string): Promise<Held> {
    const deadline = performance.now() + this.timeout;
    const { before, pass } = this.#queue(name);
    try {
      if (before !== undefined && !(await endsWithin(before, this.timeout))) {
        throw this.timedOut(name, this.holder(name));
      }
      const lock = new ExclusiveLock(this.#folder(name));
      const holder = await lock.acquire(Math.max(deadline - performance.now(), 0));
      if (holder !== undefined) throw this.timedOut(name, holder);
      return {
        get held() {
          return lock.held;
        },
        release() {
          pass();
          return lock.release();
        },
      };
    } catch (error) {
      pass();
      throw error;
    }
  }

  /** What is thrown when waiting has not helped. */
  timedOut(name: string, holder = 'others in turn'): LockError {
    return new LockError(
      `entry ${quote(name)} of ${this.#root} is locked by ${holder}, and waiting ${this.timeout} ms did not help; ` +
        'wait for it to finish or give a longer lockTimeout',
      { key: name, path: this.#root, holder, timeout: this.timeout },
    );
  }

  #queue(name: string): {
    readonly before: Promise<unknown> | undefined;
    readonly pass: () => void;
  } {
    const before = this.#turns.get(name);
    let pass = () => {};
    const turn = new Promise<void>((resolve) => (pass = resolve));
    const last = Promise.all([before, turn]).then(() => {
      if (this.#turns.get(name) === last) this.#turns.delete(name);
    });
    this.#turns.set(name, last);
    return { before, pass };
  }

  #folder(name: string): string {
    return `${this.#root}/${LOCK_FOLDER}/${idOf(name)}`;
  }
}

async function endsWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), Math.min(ms, 2 ** 31 - 1));
  });
  try {
    return await Promise.race([promise.then(() => true), timeout]);
  } finally {
    clearTimeout(timer);
  }
}
