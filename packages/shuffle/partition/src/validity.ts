import type { Data } from 'apache-arrow';
import type { Arena, Slotted } from './arena.js';
import { BitStream } from './bit-stream.js';
import type { Body } from './body.js';
import { unpackBits } from './copy.js';
import { Scratch } from './scratch.js';

/** Which rows are not null, one byte a row until they are copied; nothing for slots without nulls. */
export class Validity implements Slotted {
  readonly #stream: BitStream;
  /** Nulls that each slot has. */
  readonly #nulls: Int32Array;
  readonly #scratch = new Scratch(Uint8Array);
  /** 1 for each row loaded that is not null; undefined when none is. */
  #source: Uint8Array | undefined;

  constructor(arena: Arena) {
    this.#stream = new BitStream(arena);
    this.#nulls = new Int32Array(arena.slots);
    arena.add(this);
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

  /** Adds a node and its bitmap to a body. */
  layOut(body: Body, rows: number): void {
    const nulls = this.#nulls[body.slot] as number;
    body.addNode(rows, nulls);
    body.addBuffer(this.#stream, nulls === 0 ? 0 : Math.ceil(rows / 8));
  }

  clear(slot: number): void {
    this.#nulls[slot] = 0;
  }
}

/** Bytes that the validity of a piece takes. */
export function validityBytes(data: Data): number {
  return data.nullCount > 0 ? data.length : 0;
}

function countZeros(bytes: Uint8Array, order: Int32Array, from: number, to: number): number {
  let ones = 0;
  for (let i = from; i < to; i++) ones += bytes[order[i] as number] as number;
  return to - from - ones;
}
