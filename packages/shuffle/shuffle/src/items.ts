/** The items of an iterable of either kind. */
export class Items {
  readonly #iterator: Iterator<unknown> | AsyncIterator<unknown>;
  readonly #interrupted: Promise<never>;
  #peeked: IteratorResult<unknown> | undefined;
  #pending = false;
  #done = false;

  /** @param interrupted rejects when nobody waits for the iterable any more. */
  constructor(source: Iterable<unknown> | AsyncIterable<unknown>, interrupted: Promise<never>) {
    this.#iterator =
      Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
    this.#interrupted = interrupted;
  }

  /** The next item, which the next {@link next} gives again. */
  async peek(): Promise<IteratorResult<unknown>> {
    this.#peeked = await this.next();
    return this.#peeked;
  }

  /** The next item, at once if it is there. */
  next(): IteratorResult<unknown> | Promise<IteratorResult<unknown>> {
    const peeked = this.#peeked;
    this.#peeked = undefined;
    if (peeked) return peeked;
    this.#pending = true;
    const next = this.#iterator.next();
    if (next instanceof Promise) return Promise.race([next, this.#interrupted]).then(this.#took);
    return this.#took(next);
  }

  /** Tells the iterable that no more is wanted. When it is just being waited for, its answer isn't. */
  async close(): Promise<void> {
    if (this.#done) return;
    this.#done = true;
    const returned = Promise.resolve(this.#iterator.return?.());
    if (this.#pending) returned.catch(() => {});
    else await returned;
  }

  #took = (item: IteratorResult<unknown>): IteratorResult<unknown> => {
    this.#pending = false;
    this.#done = item.done === true;
    return item;
  };
}
