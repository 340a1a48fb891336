import { type Batch, concatBytes, ProtocolError, TooLargeError } from '@spillway/core';
import { MAX_REQUEST_BYTES, SPLIT } from '@spillway/wire';

/** Keys and values of a request, collected from one message or several. */
export class Assembly {
  /** The request's id. */
  readonly id: number;
  #keys: string[] = [];
  #values: Uint8Array[] = [];
  /** Indices of values that go on where the one before ends. */
  readonly #continued = new Set<number>();
  #split = false;
  #bytes = 0;

  constructor(id: number) {
    this.id = id;
  }

  /**
   * Adds what a message carried.
   *
   * @param flags of its header. @param bytes that it took.
   * @throws {ProtocolError} when it goes on with another key than the one before ended with.
   * @throws {TooLargeError} when the request gets too large.
   */
  add(keys: string[], values: Uint8Array[], flags: number, bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > MAX_REQUEST_BYTES) {
      throw new TooLargeError(
        `a request takes more than ${MAX_REQUEST_BYTES} bytes; send less at once`,
        { wanted: this.#bytes, free: MAX_REQUEST_BYTES },
      );
    }
    if (this.#split) {
      if (keys[0] !== this.#keys.at(-1)) {
        throw new ProtocolError(
          'a message goes on with another key than the one before ended with',
        );
      }
      this.#continued.add(this.#keys.length);
    }
    this.#split = (flags & SPLIT) !== 0;
    if (this.#keys.length === 0) {
      this.#keys = keys;
      this.#values = values;
      return;
    }
    for (const key of keys) this.#keys.push(key);
    for (const value of values) this.#values.push(value);
  }

  get keys(): readonly string[] {
    return this.#keys;
  }

  /** The entries; a value that came in pieces is as many entries of its key. */
  get pieces(): Batch<Uint8Array> {
    return { keys: this.#keys, values: this.#values };
  }

  /** The entries, each value whole. */
  get batch(): Batch<Uint8Array> {
    if (this.#continued.size === 0) return this.pieces;
    const starts = this.#keys.flatMap((_, i) => (this.#continued.has(i) ? [] : [i]));
    return {
      keys: starts.map((start) => this.#keys[start] as string),
      values: starts.map((start, i) => concatBytes(this.#values.slice(start, starts[i + 1]))),
    };
  }
}
