import type { Awaitable } from '@spillway/core';

/** One after the other, in the order of the calls; without a promise when nobody is before. */
export class Turns {
  #last: Promise<void> | undefined;

  take<T>(work: () => Awaitable<T>): Awaitable<T> {
    const result = this.#last === undefined ? work() : this.#last.then(work);
    if (!(result instanceof Promise)) return result;
    const ended = () => {
      if (this.#last === last) this.#last = undefined;
    };
    const last = result.then(ended, ended);
    this.#last = last;
    return result;
  }
}
