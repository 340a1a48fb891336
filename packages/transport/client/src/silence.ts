/**
 * How long a server has been silent. While this thread is held up, by long work of its own or by the machine, it
 * reads no answers either: that does not count.
 */
export class Silence {
  readonly #interval: number;
  #heard = performance.now();
  #looked = this.#heard;

  /** @param interval ms between two calls of {@link look}. */
  constructor(interval: number) {
    this.#interval = interval;
  }

  /** Something came, or nothing is waited for. */
  end(): void {
    this.#heard = performance.now();
  }

  /** @returns ms. */
  look(): number {
    const now = performance.now();
    const heldUp = Math.max(0, now - this.#looked - this.#interval);
    this.#heard = Math.min(now, this.#heard + heldUp);
    this.#looked = now;
    return now - this.#heard;
  }
}
