/** A value or the promise of one. In-memory primitives answer at once and cost no promise. */
export type Awaitable<T> = T | Promise<T>;

/**
 * How an operation passes the gate:
 * - `shared`: beside others (reads, appends);
 * - `alone`: a change that takes bytes away (set, delete, pop, drop), while nothing else runs;
 * - `exclusive`: the caller's own work, alone, for as long as it takes;
 * - `closing`: the last flush, alone in this thread only.
 */
export type Access = 'shared' | 'alone' | 'exclusive' | 'closing';

interface Waiter {
  readonly access: Access;
  readonly start: () => void;
  readonly fail: (error: unknown) => void;
}

/**
 * The one place where operations on a store wait for each other: many shared ones, or one alone, first
 * come, first served. Every layer over a store passes the store's own gate, so that a handle on any of
 * the layers respects the work of all others. Subclasses extend it past this thread by the hooks.
 */
export class Gate {
  #running = 0;
  #alone = false;
  #opening = false;
  #allLeft: (() => void) | undefined;
  readonly #waiting: Waiter[] = [];

  /** Runs `work` as soon as its turn comes; at once, without a promise, when nothing is in the way. */
  run<T>(access: Access, work: () => Awaitable<T>): Awaitable<T> {
    if (access === 'shared' && !this.#alone && this.#waiting.length === 0 && this.openNow()) {
      return this.#runShared(work);
    }
    return new Promise<T>((resolve, reject) => {
      const start = async () => {
        try {
          resolve(
            await (access === 'shared' ? this.#runShared(work) : this.#runAlone(access, work)),
          );
        } catch (error) {
          reject(error);
        }
      };
      this.#waiting.push({ access, start, fail: reject });
      this.#next();
    });
  }

  /**
   * Lets an operation that has passed go on in the background: `work` starts at once and counts as running
   * until it ends. Call it only from within an operation.
   */
  extend<T>(work: () => Promise<T>): Promise<T> {
    return this.#runShared(work) as Promise<T>;
  }

  /** Whether an operation is running here. */
  protected get busy(): boolean {
    return this.#running > 0;
  }

  /** Hook: whether a shared operation may start now, without waiting for other processes. */
  protected openNow(): boolean {
    return true;
  }

  /** Hook: waits until {@link openNow} can be true. */
  protected async open(): Promise<void> {}

  /** Hook: the last shared operation that ran here has ended. */
  protected left(): void {}

  /** Hook: shuts other processes out. Called when nothing runs here. */
  protected async lock(_access: Access): Promise<void> {}

  /** Hook: lets other processes in again. */
  protected async unlock(_access: Access): Promise<void> {}

  #runShared<T>(work: () => Awaitable<T>): Awaitable<T> {
    this.#running++;
    let result: Awaitable<T>;
    try {
      result = work();
    } catch (error) {
      this.#leave();
      throw error;
    }
    if (!(result instanceof Promise)) {
      this.#leave();
      return result;
    }
    return result.finally(() => this.#leave());
  }

  #leave(): void {
    this.#running--;
    if (this.#running > 0) return;
    this.left();
    this.#allLeft?.();
    if (this.#waiting.length > 0) this.#next();
  }

  async #runAlone<T>(access: Access, work: () => Awaitable<T>): Promise<T> {
    this.#alone = true;
    try {
      await this.lock(access);
      try {
        return await work();
      } finally {
        if (this.#running > 0) await new Promise<void>((resolve) => (this.#allLeft = resolve));
        this.#allLeft = undefined;
        await this.unlock(access);
      }
    } finally {
      this.#alone = false;
      this.#next();
    }
  }

  #next(): void {
    for (;;) {
      const waiter = this.#waiting[0];
      if (!waiter || this.#alone || this.#opening) return;
      if (waiter.access !== 'shared') {
        if (this.#running > 0) return;
      } else if (!this.openNow()) {
        this.#openThenNext(waiter);
        return;
      }
      this.#waiting.shift();
      waiter.start();
    }
  }

  async #openThenNext(waiter: Waiter): Promise<void> {
    this.#opening = true;
    try {
      await this.open();
    } catch (error) {
      this.#waiting.shift();
      waiter.fail(error);
    } finally {
      this.#opening = false;
    }
    this.#next();
  }
}
