import type { Data } from 'apache-arrow';
import { Scratch } from './scratch.js';

/** The offsets of rows into their values, as 32-bit numbers. */
export class Offsets {
  readonly #scratch = new Scratch(Int32Array);
  /** The first row's offset in the column's values; {@link array} counts from it. */
  first = 0;
  /** Values of all rows. */
  count = 0;
  /** One more than there are rows. */
  array: Int32Array = new Int32Array(1);

  /** Takes a column's, which has less than 2 GiB of values. */
  load(data: Data): void {
    const { length } = data;
    const source = data.valueOffsets as Int32Array | BigInt64Array;
    this.first = length === 0 ? 0 : Number(source[0]);
    this.count = countValues(data);
    this.array = this.#scratch.take(length + 1);
    if (source instanceof Int32Array) subtract(source, this.first, length + 1, this.array);
    else lowWords(source, this.first, length + 1, this.array);
  }
}

/** Values that the rows of a column have in all: bytes of text, elements of lists. */
export function countValues({ length, valueOffsets }: Data): number {
  return length === 0 ? 0 : Number(valueOffsets[length]) - Number(valueOffsets[0]);
}

function subtract(source: Int32Array, first: number, count: number, target: Int32Array): void {
  if (first === 0) target.set(source.subarray(0, count));
  else for (let i = 0; i < count; i++) target[i] = (source[i] as number) - first;
}

/** Four a turn, as in the loops that copy. */
function lowWords(source: BigInt64Array, first: number, count: number, target: Int32Array): void {
  const words = new Int32Array(source.buffer, source.byteOffset, 2 * count);
  const low = first | 0;
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    target[i] = (words[2 * i] as number) - low;
    target[i + 1] = (words[2 * i + 2] as number) - low;
    target[i + 2] = (words[2 * i + 4] as number) - low;
    target[i + 3] = (words[2 * i + 6] as number) - low;
  }
  for (; i < count; i++) target[i] = (words[2 * i] as number) - low;
}
