import type { Arena } from './arena.js';
import { ONE, Stream } from './stream.js';

/** Up to this many bytes, a loop is cheaper than the view that a copy by the engine needs. */
const SHORT = 64;

/** Bytes that must follow the values of {@link Source}, since short ones are read in words. */
export const PADDING = 4;

/** Values of any length: those of row `i` are the bytes from `offsets[i]` to `offsets[i + 1]`. */
export interface Source {
  readonly offsets: Int32Array;
  readonly bytes: Uint8Array;
  /** The same bytes. */
  readonly words: DataView;
}

/** A stream of bytes, appended to in pieces of any length. */
export class ByteStream extends Stream<Uint8Array> {
  readonly #words: DataView;

  constructor(arena: Arena) {
    super(arena, ONE);
    this.#words = new DataView(arena.bytes.buffer);
  }

  /**
   * Adds the bytes of the rows that `order` names. Short values are copied in words of four bytes, the last of
   * which may bring bytes along that don't belong to the value: those are overwritten by the next one.
   */
  appendRows(
    slot: number,
    { offsets, bytes, words }: Source,
    order: Int32Array,
    from: number,
    to: number,
  ): void {
    const target = this.#words;
    const { mask } = this;
    let end = this.ends[slot] as number;
    for (let i = from; i < to; i++) {
      const row = order[i] as number;
      const at = offsets[row] as number;
      const length = (offsets[row + 1] as number) - at;
      const place = end & mask;
      if (length <= SHORT && place !== 0 && place + length + PADDING <= mask) {
        for (let word = 0; word < length; word += 4) {
          target.setInt32(end + word, words.getInt32(at + word, true), true);
        }
        end += length;
      } else {
        end = this.#appendRange(slot, end, bytes, at, at + length);
      }
    }
    this.ends[slot] = end;
  }

  /** Adds the bytes `source[from…to)`. */
  appendRange(slot: number, source: Uint8Array, from: number, to: number): void {
    this.ends[slot] = this.#appendRange(slot, this.ends[slot] as number, source, from, to);
  }

  /** Adds `count` bytes of the same value. */
  fill(slot: number, value: number, count: number): void {
    let end = this.ends[slot] as number;
    for (let left = count; left > 0; ) {
      if ((end & this.mask) === 0) end = this.grow(slot, end);
      const many = Math.min(left, this.mask + 1 - (end & this.mask));
      this.arena.bytes.fill(value, end, end + many);
      end += many;
      left -= many;
    }
    this.ends[slot] = end;
  }

  #appendRange(slot: number, start: number, source: Uint8Array, from: number, to: number): number {
    const target = this.arena.bytes;
    let end = start;
    for (let at = from; at < to; ) {
      if ((end & this.mask) === 0) end = this.grow(slot, end);
      const stop = Math.min(to, at + this.mask + 1 - (end & this.mask));
      if (stop - at > SHORT) {
        target.set(source.subarray(at, stop), end);
        end += stop - at;
        at = stop;
      } else {
        while (at < stop) target[end++] = source[at++] as number;
      }
    }
    return end;
  }
}
