import type { Payload } from './frame.js';

/**
 * How one value becomes a file and comes back: what maps such as `Chest` and `DirDB` take as their `codec`.
 *
 * One for values of several types has a `load<T>`, as the caller knows what the bytes can't say.
 *
 * @typeParam V the values.
 */
export interface ValueCodec<V = unknown> {
  /** What ends the names of such files, without a dot, as in `json`: letters and digits. */
  readonly extension: string;
  /** The bytes of a value, or pieces of them, which may be views of it. Throws for a value that it can't keep. */
  dump(value: V): Payload;
  /** The value of bytes, which are its own from now on. Throws for bytes that are no such file. */
  load(bytes: Uint8Array): V;
  /**
   * Parts of the value, whose join it is, from pieces of its bytes, cut anywhere; for values larger than memory.
   * Without it, a value has one part. Throws as `load`.
   */
  stream?(pieces: AsyncIterable<Uint8Array>): AsyncIterable<V>;
}
