/** Numbers the keys of a segment being written, so that a key that is appended to is spelled out once in it. */
export class KeyNumbers {
  readonly #numbers = new Map<string, number>();
  #count = 0;
  /** Keys numbered that no record on the disk defines yet. */
  #fresh: string[] = [];
  /** The same keys often come again and again: comparing them costs a third of looking them up. */
  #lastKeys: readonly string[] = [];
  #lastNumbers = new Uint32Array(0);

  /**
   * Numbers keys; those without a number get the next.
   *
   * @param remember whether a key keeps its number. Where values are replaced, spelling a key out again costs less than
   * a place among millions.
   * @returns the numbers, good until the next call, and whether the last call had the same keys.
   */
  of(
    keys: readonly string[],
    remember: boolean,
  ): { readonly numbers: Uint32Array; readonly same: boolean } {
    if (isSame(keys, this.#lastKeys)) return { numbers: this.#lastNumbers, same: true };
    if (this.#lastNumbers.length < keys.length)
      this.#lastNumbers = new Uint32Array(keys.length * 2);
    const numbers = this.#lastNumbers;
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as string;
      let number = this.#numbers.get(key);
      if (number === undefined) {
        number = this.#count++;
        if (remember) this.#numbers.set(key, number);
        this.#fresh.push(key);
      }
      numbers[i] = number;
    }
    this.#lastKeys = keys.slice();
    return { numbers, same: false };
  }

  /** How many numbers were given. */
  get count(): number {
    return this.#count;
  }

  /** How many of them no record on the disk defines yet. */
  get fresh(): number {
    return this.#fresh.length;
  }

  /** The fresh keys after the first `count`, in the order of their numbers. */
  freshAfter(count: number): readonly string[] {
    return this.#fresh.slice(count);
  }

  /** The records that define the fresh keys are written. */
  settle(): void {
    if (this.#fresh.length > 0) this.#fresh = [];
  }

  /** Takes the numbers of the fresh keys after the first `count` back: they were not written. */
  takeBack(count: number): void {
    if (this.#fresh.length === count) return;
    const gone = this.#fresh.splice(count);
    this.#count -= gone.length;
    for (const key of gone) this.#numbers.delete(key);
    this.#lastKeys = [];
  }
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
