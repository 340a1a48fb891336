import type { Bytes } from './key-values.js';
import { Scratch } from './scratch.js';
import { hashBytes } from './xxh32.js';

/** Most bytes of a value that go into its two words, beside its length. */
const SHORT_BYTES = 7;

/** The high byte of the words of a longer value: its hash and its length's lower bytes. */
const LONG = 0xff;

/** Which bits of a word belong to a value of so many bytes. */
const LOW_BITS = Int32Array.from([0, 0xff, 0xffff, 0xffffff, -1, -1, -1, -1]);
const HIGH_BITS = Int32Array.from([0, 0, 0, 0, 0, 0xff, 0xffff, 0xffffff]);

/** Two words for each of some values. */
export class Fingerprints {
  readonly #scratch = new Scratch(Int32Array);
  words: Int32Array = new Int32Array(0);
  /** Whether there are words that don't tell the whole value ({@link isLong}). */
  anyLong = false;

  /** Takes values that are two words each. */
  loadWords(words: Int32Array): void {
    this.words = words;
    this.anyLong = false;
  }

  /** Takes values of bytes: short ones and their lengths become words, of the others a hash does. */
  loadBytes({ source, offsets }: Bytes, length: number): void {
    this.words = this.#scratch.take(2 * length);
    this.anyLong = false;
    const { words } = this;
    const view = new DataView(source.buffer, source.byteOffset, source.length);
    const lastWords = source.length - 8;
    for (let row = 0; row < length; row++) {
      const from = offsets[row] as number;
      const bytes = (offsets[row + 1] as number) - from;
      if (bytes > SHORT_BYTES) {
        words[2 * row] = hashBytes(source, from, from + bytes);
        words[2 * row + 1] = (LONG << 24) | (bytes & 0xffffff);
        this.anyLong = true;
      } else if (from <= lastWords) {
        words[2 * row] = view.getInt32(from, true) & (LOW_BITS[bytes] as number);
        words[2 * row + 1] =
          (view.getInt32(from + 4, true) & (HIGH_BITS[bytes] as number)) | (bytes << 24);
      } else {
        let high = bytes << 24;
        let low = 0;
        for (let i = 0; i < bytes && i < 4; i++) low |= (source[from + i] as number) << (8 * i);
        for (let i = 4; i < bytes; i++) high |= (source[from + i] as number) << (8 * (i - 4));
        words[2 * row] = low;
        words[2 * row + 1] = high;
      }
    }
  }

  /** Whether the words of a row are a hash. */
  isLong(row: number): boolean {
    return this.anyLong && (this.words[2 * row + 1] as number) >>> 24 === LONG;
  }
}
