interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** A group is committed when it has been open for so many ms, if its turn takes longer. */
const MOST_MS = 100;
/** After how many changes of a group the clock is looked at. */
const LOOK_EVERY = 256;

/** The single changes of a turn of the event loop, which one transaction takes to the disk. */
export class Group {
  readonly #commit: () => void;
  #turn: NodeJS.Immediate | undefined;
  #began = 0;
  #changes = 0;
  #waiters: Waiter[] = [];
  #failure: { readonly error: unknown } | undefined;

  constructor(commit: () => void) {
    this.#commit = commit;
  }

  get open(): boolean {
    return this.#turn !== undefined;
  }

  /** Begins a group, to be committed at the end of the turn. */
  begin(): void {
    this.#began = performance.now();
    this.#changes = 0;
    this.#turn = setImmediate(() => {
      try {
        this.commit();
      } catch {
        // Whoever waits for the group, or else the next change, gets the failure.
      }
    });
  }

  /** Counts a change. @returns whether the group has been open for so long that others should have their turn. */
  change(): boolean {
    return ++this.#changes % LOOK_EVERY === 0 && performance.now() - this.#began > MOST_MS;
  }

  /** Commits the group, if one is open. @throws what prevents it; its changes are gone then. */
  commit(): void {
    if (this.#turn === undefined) return;
    clearImmediate(this.#turn);
    this.#turn = undefined;
    const waiters = this.#waiters;
    this.#waiters = [];
    try {
      this.#commit();
    } catch (error) {
      if (waiters.length === 0) this.#failure = { error };
      for (const { reject } of waiters) reject(error);
      throw error;
    }
    for (const { resolve } of waiters) resolve();
  }

  /** Resolves when what is open has been committed. */
  get flushed(): Promise<void> {
    if (this.open) return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
    try {
      this.throwFailure();
      return Promise.resolve();
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** @throws what prevented the last commit, once, if nobody was told. */
  throwFailure(): void {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure) throw failure.error;
  }
}
