import type { Data } from 'apache-arrow';
import type { Arena } from './arena.js';
import { ByteStream } from './byte-stream.js';
import { packBits, unpackBits } from './copy.js';
import { Scratch } from './scratch.js';

/** What a column's nulls are made of. */
export interface Nulls {
  readonly nullCount: number;
  readonly nullBitmap: Uint8Array | undefined;
}

/** Which rows are not null, one byte a row until a slot is finished; nothing for slots without nulls. */
export class Validity {
  readonly #stream: ByteStream;
  /** Nulls that each slot has. */
  readonly #nulls: Int32Array;
  readonly #scratch = new Scratch(Uint8Array);
  /** 1 for each row loaded that is not null; undefined when none is. */
  #source: Uint8Array | undefined;

  constructor(arena: Arena) {
    this.#stream = new ByteStream(arena);
    this.#nulls = new Int32Array(arena.slots);
  }

  /** Takes the rows that are to be appended. */
  load(data: Data): void {
    this.#source = undefined;
    if (data.nullCount <= 0) return;
    this.#source = this.#scratch.take(data.length);
    unpackBits(data.nullBitmap, data.offset, data.length, this.#source);
  }

  /** @param before rows that the slot has already. */
  append(slot: number, order: Int32Array, from: number, to: number, before: number): void {
    const source = this.#source;
    const nulls = this.#nulls[slot] as number;
    const added = source === undefined ? 0 : countZeros(source, order, from, to);
    if (nulls + added === 0) return;
    if (nulls === 0) this.#stream.fill(slot, 1, before);
    if (source === undefined) this.#stream.fill(slot, 1, to - from);
    else this.#stream.append(slot, source, order, from, to);
    this.#nulls[slot] = nulls + added;
  }

  finish(slot: number, rows: number): Nulls {
    const nullCount = this.#nulls[slot] as number;
    if (nullCount === 0) return NO_NULLS;
    this.#nulls[slot] = 0;
    return { nullCount, nullBitmap: finishBits(this.#stream, slot, rows) };
  }
}

const NO_NULLS: Nulls = { nullCount: 0, nullBitmap: undefined };

/** Bytes that the validity of a piece takes. */
export function validityBytes(data: Data): number {
  return data.nullCount > 0 ? data.length : 0;
}

/** Finishes a stream that has a byte of 0 or 1 for each bit. */
export function finishBits(stream: ByteStream, slot: number, count: number): Uint8Array {
  const bytes = stream.finish(slot, count);
  // A byte of bits is written after its eight bytes were read, so that both can be in one place.
  const bits = bytes.subarray(0, Math.ceil(count / 8));
  packBits(bytes, count, bits);
  return bits;
}

function countZeros(bytes: Uint8Array, order: Int32Array, from: number, to: number): number {
  let ones = 0;
  for (let i = from; i < to; i++) ones += bytes[order[i] as number] as number;
  return to - from - ones;
}
