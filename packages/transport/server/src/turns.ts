import type { LockError } from '@spillway/core';
import { RequestKind } from '@spillway/wire';
import type { Request } from './inbox.js';

/** What turns need of their session. */
export interface TurnsHost {
  /** Carries a request out; a promise, which never rejects, when that takes longer. */
  readonly start: (request: Request) => Promise<void> | undefined;
  /** Refuses a request that has waited for too long. */
  readonly refuse: (request: Request, error: LockError) => void;
  /** Whether another client holds the lock, or is about to. */
  readonly blocked: () => boolean;
  /** The error of who waited for too long, in ms. */
  readonly refusal: (timeout: number) => LockError;
}

/**
 * Starts a client's requests in their order: appends one after the other without waiting for each; any other request
 * once this client's earlier appends are done, and nothing while it waits for the lock, or others hold it.
 */
export class Turns {
  readonly #host: TurnsHost;
  readonly #lockTimeout: number;
  readonly #queue: Request[] = [];
  #appending = 0;
  #running = 0;
  #locking = false;
  #holdingBack: NodeJS.Timeout | undefined;
  #idle: (() => void)[] = [];

  /** @param lockTimeout how long requests may wait for another client's lock, in ms. */
  constructor(host: TurnsHost, lockTimeout: number) {
    this.#host = host;
    this.#lockTimeout = lockTimeout;
  }

  /** Requests that are here and not answered. */
  get waiting(): number {
    return this.#queue.length + this.#running;
  }

  push(request: Request): void {
    this.#queue.push(request);
    this.next();
  }

  /** Starts what may start. */
  next(): void {
    while (!this.#locking) {
      const request = this.#queue[0];
      if (!request) break;
      const { kind } = request.header;
      if (this.#appending > 0 && kind !== RequestKind.append) break;
      if (kind !== RequestKind.lock && this.#host.blocked()) {
        this.#holdBack(request);
        break;
      }
      this.#queue.shift();
      const finished = this.#host.start(request);
      if (finished) void this.#runUntil(kind, finished);
    }
    if (this.waiting === 0) for (const wake of this.#idle.splice(0)) wake();
  }

  /** Takes out the requests that were not begun. */
  clear(): Request[] {
    const requests = this.#queue.splice(0);
    this.next();
    return requests;
  }

  /** Resolves when all requests were answered. */
  async idle(): Promise<void> {
    if (this.waiting > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  async #runUntil(kind: RequestKind, finished: Promise<void>): Promise<void> {
    this.#running++;
    if (kind === RequestKind.append) this.#appending++;
    if (kind === RequestKind.lock) this.#locking = true;
    await finished;
    this.#running--;
    if (kind === RequestKind.append) this.#appending--;
    if (kind === RequestKind.lock) this.#locking = false;
    this.next();
  }

  #holdBack({ began }: Request): void {
    const left = began + this.#lockTimeout - performance.now();
    this.#holdingBack ??= setTimeout(() => this.#refuseLate(), Math.max(1, left)).unref();
  }

  #refuseLate(): void {
    this.#holdingBack = undefined;
    const late = performance.now() - this.#lockTimeout;
    while (this.#host.blocked() && this.#queue[0] && this.#queue[0].began <= late)
      this.#host.refuse(this.#queue.shift() as Request, this.#host.refusal(this.#lockTimeout));
    this.next();
  }
}
