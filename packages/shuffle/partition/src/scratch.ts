/** An array that is used again and again, and replaced when more is wanted. */
export class Scratch<A extends { readonly length: number }> {
  readonly #make: new (
    length: number,
  ) => A;
  /** What was taken last. */
  array: A;

  constructor(make: new (length: number) => A) {
    this.#make = make;
    this.array = new make(0);
  }

  /** At least `length` elements, with any contents; what was taken before is overwritten. */
  take(length: number): A {
    if (this.array.length < length) this.array = new this.#make(Math.ceil(length * 1.25));
    return this.array;
  }
}
