/** Columns of 32-bit numbers that grow, by half at a time. */
export class Columns {
  readonly #width: number;
  #rows = 0;
  words: Uint32Array;

  /** @param width numbers a row. */
  constructor(width: number) {
    this.#width = width;
    this.words = new Uint32Array(width * 16);
  }

  get rows(): number {
    return this.#rows;
  }

  /** Adds a row of zeros. @returns where in {@link words} it starts. */
  add(): number {
    const at = this.#rows * this.#width;
    if (at + this.#width > this.words.length) this.#grow();
    this.#rows++;
    return at;
  }

  #grow(): void {
    const rows = Math.ceil((this.words.length / this.#width) * 1.5);
    const larger = new Uint32Array(rows * this.#width);
    larger.set(this.words);
    this.words = larger;
  }
}
