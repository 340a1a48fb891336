import { type Batch, ProtocolError } from '@spillway/core';
import type { HeldLock, Lock, LockOwner } from './lock.js';
import { present } from './operations.js';
import type { Outcomes } from './outcomes.js';
import type { ServedStore } from './served-store.js';

/** What a client holds that it must not take with it: the lock, and popped values that it has not confirmed. */
export class Holdings implements LockOwner {
  readonly name: string;
  readonly #lock: Lock;
  readonly #store: ServedStore;
  readonly #outcomes: Outcomes;
  readonly #popped = new Map<number, Batch<Uint8Array>>();
  #held: HeldLock | undefined;
  /** The request that asked for the lock. */
  #lockId = 0;

  constructor(name: string, lock: Lock, store: ServedStore, outcomes: Outcomes) {
    this.name = name;
    this.#lock = lock;
    this.#store = store;
    this.#outcomes = outcomes;
  }

  /** Whether the client holds the lock. */
  get locked(): boolean {
    return this.#held !== undefined;
  }

  /** Whether others hold the lock, or are about to. */
  get blocked(): boolean {
    return this.#lock.blocks(this);
  }

  /** The store, past the gate while the client holds the lock. */
  get store(): ServedStore {
    return this.#held?.store ?? this.#store;
  }

  /** @param timeout in ms. @throws {LockError} when others don't let go in time. */
  async lock(id: number, timeout: number): Promise<void> {
    if (this.#held) throw new ProtocolError('a client asks for the lock that it holds');
    this.#held = await this.#lock.acquire(this, timeout);
    this.#lockId = id;
  }

  async unlock(): Promise<void> {
    if (!this.#held) throw new ProtocolError('a client gives back a lock that it does not hold');
    const held = this.#held;
    this.#held = undefined;
    await held.release();
  }

  keep(id: number, popped: Batch<Uint8Array>): void {
    this.#popped.set(id, popped);
  }

  /** What a pop took, unless its arrival was confirmed. */
  popped(id: number): Batch<Uint8Array> | undefined {
    return this.#popped.get(id);
  }

  /** The values that a pop took have arrived. */
  confirm(id: number): void {
    this.#popped.delete(id);
  }

  /** Puts back what was popped, and gives back the lock, or what is waited for of it. */
  async lapse(): Promise<void> {
    this.#lock.giveUp(this);
    for (const [id, batch] of this.#popped) {
      this.#popped.delete(id);
      this.#outcomes.forget(id);
      await this.store.append(present(batch));
    }
    if (!this.#held) return;
    this.#outcomes.forget(this.#lockId);
    await this.unlock();
  }
}
