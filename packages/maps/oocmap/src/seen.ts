/** Up to so many objects, looking at each is quicker than a Set. */
const FEW = 8;

/** The containers of a value, to find one that is in it twice. */
export class Seen {
  readonly #few: object[] = [];
  #many: Set<object> | undefined;

  /** @returns whether the object is new. */
  add(value: object): boolean {
    if (this.#many === undefined) {
      if (this.#few.includes(value)) return false;
      if (this.#few.push(value) === FEW) this.#many = new Set(this.#few);
      return true;
    }
    const { size } = this.#many;
    return this.#many.add(value).size > size;
  }
}
