import type { Data } from 'apache-arrow';
import { alignedBytes } from './data.js';
import { Scratch } from './scratch.js';

/*
 * A view is four words: https://arrow.apache.org/docs/format/Columnar.html#variable-size-binary-view-layout
 * Its first is the value's length; a short value follows, of a long one a prefix, a buffer and a place in it.
 */
export const VIEW_BYTES = 16;
export const VIEW_WORDS = 4;
export const BUFFER_WORD = 2;
export const OFFSET_WORD = 3;
const MOST_INLINE_BYTES = 12;

/** Bytes that a value of `length` bytes has outside of its view. */
export function longBytes(length: number): number {
  return length > MOST_INLINE_BYTES ? length : 0;
}

/** The views of a column, those of nulls empty: they may hold anything. */
export function viewsOf(data: Data): Uint8Array {
  const views = alignedBytes(data.values, data.length * VIEW_BYTES);
  if (data.nullCount <= 0) return views;
  const cleared = views.slice();
  for (let row = 0; row < data.length; row++) {
    if (!data.getValid(row)) cleared.fill(0, row * VIEW_BYTES, (row + 1) * VIEW_BYTES);
  }
  return cleared;
}

/** The values of a column of views, one behind the other. */
export class ViewBytes {
  readonly #bytes = new Scratch(Uint8Array);
  readonly #offsets = new Scratch(Int32Array);

  load(data: Data): { readonly source: Uint8Array; readonly offsets: Int32Array } {
    const { length, variadicBuffers } = data;
    const views = viewsOf(data);
    const words = new Int32Array(views.buffer, views.byteOffset, length * VIEW_WORDS);
    const offsets = this.#offsets.take(length + 1);
    offsets[0] = 0;
    for (let row = 0; row < length; row++) {
      offsets[row + 1] = (offsets[row] as number) + (words[row * VIEW_WORDS] as number);
    }
    const source = this.#bytes.take(offsets[length] as number);
    for (let row = 0; row < length; row++) {
      const word = row * VIEW_WORDS;
      const bytes = words[word] as number;
      const long = longBytes(bytes) > 0;
      const from = long
        ? (variadicBuffers[words[word + BUFFER_WORD] as number] as Uint8Array)
        : views;
      const start = long ? (words[word + OFFSET_WORD] as number) : row * VIEW_BYTES + 4;
      source.set(from.subarray(start, start + bytes), offsets[row]);
    }
    return { source, offsets };
  }
}
