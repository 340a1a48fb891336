import { LockError } from '@spillway/core';
import { ServedStore } from './served-store.js';

/** Somebody who may hold the lock. */
export interface LockOwner {
  /** For the errors of others, e.g. `process 4711 on worker-3`. */
  readonly name: string;
}

/** The lock, held. */
export interface HeldLock {
  /** The store past the gate. */
  readonly store: ServedStore;
  /** Resolves when others can go on. */
  release(): Promise<void>;
}

interface Waiter {
  readonly owner: LockOwner;
  readonly resolve: (held: HeldLock) => void;
  readonly reject: (error: unknown) => void;
  timer?: NodeJS.Timeout;
  gaveUp: boolean;
}

/**
 * The exclusive use of the store, which clients ask for. Only one of them at a time waits in the store's gate, or
 * is past it; requests of the others are held back meanwhile, so that they can give up waiting.
 */
export class Lock {
  readonly #store: ServedStore;
  readonly #freed: () => void;
  readonly #waiting: Waiter[] = [];
  #current: Waiter | undefined;

  /** @param freed called when requests that were held back can go on. */
  constructor(store: ServedStore, freed: () => void) {
    this.#store = store;
    this.#freed = freed;
  }

  /** Whether somebody's requests must be held back. */
  blocks(owner: LockOwner): boolean {
    return this.#current !== undefined && this.#current.owner !== owner;
  }

  /** @param timeout in ms. @throws {LockError} when others don't let go in time. */
  acquire(owner: LockOwner, timeout: number): Promise<HeldLock> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { owner, resolve, reject, gaveUp: false };
      waiter.timer = setTimeout(() => {
        waiter.gaveUp = true;
        reject(this.refusal(timeout));
      }, timeout);
      this.#waiting.push(waiter);
      this.#next();
    });
  }

  /** Gives up what somebody waits for. */
  giveUp(owner: LockOwner): void {
    for (const waiter of [...this.#waiting, this.#current])
      if (waiter?.owner === owner) waiter.gaveUp = true;
  }

  /** The error of who waited for too long. */
  refusal(timeout: number): LockError {
    const holder = this.#current?.owner.name || 'somebody in the server';
    return new LockError(
      `the store is in exclusive use by ${holder}, which did not let go within ${timeout} ms; try again, or give it longer by lockTimeout`,
      { holder, timeout },
    );
  }

  #next(): void {
    if (this.#current) return;
    const waiter = this.#waiting.shift();
    if (!waiter) return;
    this.#current = waiter;
    this.#hold(waiter)
      .catch(waiter.reject)
      .finally(() => {
        clearTimeout(waiter.timer);
        this.#current = undefined;
        this.#freed();
        this.#next();
      });
  }

  async #hold(waiter: Waiter): Promise<void> {
    let done: Promise<void> | undefined;
    done = this.#store.exclusive(async (held) => {
      clearTimeout(waiter.timer);
      if (waiter.gaveUp) return;
      let free = () => {};
      const released = new Promise<void>((resolve) => {
        free = resolve;
      });
      const release = async () => {
        free();
        await done;
      };
      waiter.resolve({ store: new ServedStore(held), release });
      await released;
    });
    await done;
  }
}
