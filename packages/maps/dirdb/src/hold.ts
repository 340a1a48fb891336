import { LockError, quote } from '@spillway/core';
import type { Journal } from './journal.js';
import type { Held } from './locks.js';

/** An entry's lock while it is held: what is done under it, one after the other. */
export class Hold {
  readonly name: string;
  readonly #lock: Held;
  readonly #journal: Journal;
  #last: Promise<unknown> = Promise.resolve();

  constructor(name: string, lock: Held, journal: Journal) {
    this.name = name;
    this.#lock = lock;
    this.#journal = journal;
  }

  /** Runs `work` once what came before has ended. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(async () => {
      // Of a change that failed half-way here.
      for (const record of this.#journal.records(this.name)) await this.#journal.finish(record);
      return work();
    });
    this.#last = result.catch(() => {});
    return result;
  }

  /** @throws {LockError} when others have taken this holder for gone. */
  check(): void {
    if (!this.#lock.held) throw this.#lost();
  }

  /** Lets go once what was begun has ended. @throws {LockError} when the lock was lost before. */
  async release(): Promise<void> {
    await this.#last;
    if (!this.#lock.release()) throw this.#lost();
  }

  #lost(): LockError {
    return new LockError(
      `the lock of entry ${quote(this.name)} was lost: its holder could not be seen from another host or thread and ` +
        'blocked its own thread for too long',
      { key: this.name },
    );
  }
}
