/** The end of a job before its time: by its caller's signal, or because a part of it failed. */
export class Interruption implements Disposable {
  /** Rejects when it comes. */
  readonly reached: Promise<never>;
  readonly #signal: AbortSignal | undefined;
  #reject!: (reason: unknown) => void;
  #reason: { readonly error: unknown } | undefined;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
    this.reached = new Promise((_, reject) => {
      this.#reject = reject;
    });
    // Whoever doesn't wait right now asks later.
    this.reached.catch(() => {});
    if (signal?.aborted) this.#abort();
    signal?.addEventListener('abort', this.#abort);
  }

  /** Ends the job with an error; the first one counts. */
  interrupt(error: unknown): void {
    this.#reason ??= { error };
    this.#reject(this.#reason.error);
  }

  /** Throws what ended the job. */
  check(): void {
    if (this.#reason) throw this.#reason.error;
  }

  [Symbol.dispose](): void {
    this.#signal?.removeEventListener('abort', this.#abort);
  }

  #abort = (): void => this.interrupt(this.#signal?.reason);
}
