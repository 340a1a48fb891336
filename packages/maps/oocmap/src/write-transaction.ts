import type { RootDatabase } from 'lmdb';

/** LMDB's transaction for writing, which stays open until it is told to end. */
export class WriteTransaction {
  #commit: (result: undefined) => void = () => {};
  #abort: (error: unknown) => void = () => {};

  /** Waits for those of other threads and processes. */
  constructor(root: RootDatabase) {
    // lmdb commits when what the work gives resolves; this resolves when it is told to, and at once.
    root.transactionSync(() => ({
      // biome-ignore lint/suspicious/noThenProperty: it is to be taken for a promise.
      then: (commit: (result: undefined) => void, abort: (error: unknown) => void) => {
        this.#commit = commit;
        this.#abort = abort;
      },
    }));
  }

  /** @throws what prevents it; the transaction is gone then. */
  commit(): void {
    this.#commit(undefined);
  }

  abort(): void {
    const reason = new Error('aborted');
    try {
      this.#abort(reason);
    } catch (error) {
      // lmdb gives the reason back.
      if (error !== reason) throw error;
    }
  }
}
