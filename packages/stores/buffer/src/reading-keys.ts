/** Counts who reads which key. */
export class ReadingKeys {
  readonly #readers = new Map<string, number>();
  #left: (() => void) | undefined;

  add(keys: readonly string[]): void {
    for (const key of keys) this.#readers.set(key, (this.#readers.get(key) ?? 0) + 1);
  }

  remove(keys: readonly string[]): void {
    for (const key of keys) {
      const readers = (this.#readers.get(key) as number) - 1;
      if (readers > 0) this.#readers.set(key, readers);
      else this.#readers.delete(key);
    }
    this.#left?.();
  }

  /** Resolves when nobody reads any of the keys. The one caller keeps new readers away meanwhile. */
  async none(keys: readonly string[]): Promise<void> {
    while (keys.some((key) => this.#readers.has(key))) {
      await new Promise<void>((resolve) => {
        this.#left = resolve;
      });
    }
    this.#left = undefined;
  }
}
