import type { DataType } from 'apache-arrow';
import type { Arena } from './arena.js';
import { FOUR, Stream } from './stream.js';

/**
 * Where each row's values end, counted from the slot's first value: what Arrow's offsets are without their
 * first, which is zero.
 */
export class EndStream extends Stream<Int32Array> {
  /** Values that each slot has. */
  readonly totals: Int32Array;
  /** Bytes of an offset. */
  readonly offsetBytes: number;

  constructor(arena: Arena, type: DataType) {
    super(arena, FOUR);
    this.offsetBytes = type.OffsetArrayType.BYTES_PER_ELEMENT;
    this.totals = new Int32Array(arena.slots);
  }

  /** Adds the rows that `order` names; row `i` has the values `offsets[i]…offsets[i + 1]`. */
  appendRows(slot: number, offsets: Int32Array, order: Int32Array, from: number, to: number): void {
    const target = this.arena.fours;
    const { mask } = this;
    let end = this.ends[slot] as number;
    let total = this.totals[slot] as number;
    for (let i = from; i < to; ) {
      if ((end & mask) === 0) end = this.grow(slot, end);
      const stop = Math.min(to, i + mask + 1 - (end & mask));
      // Four a turn, as in the loops that copy.
      for (; i + 4 <= stop; i += 4, end += 4) {
        const one = order[i] as number;
        total += (offsets[one + 1] as number) - (offsets[one] as number);
        target[end] = total;
        const two = order[i + 1] as number;
        total += (offsets[two + 1] as number) - (offsets[two] as number);
        target[end + 1] = total;
        const three = order[i + 2] as number;
        total += (offsets[three + 1] as number) - (offsets[three] as number);
        target[end + 2] = total;
        const four = order[i + 3] as number;
        total += (offsets[four + 1] as number) - (offsets[four] as number);
        target[end + 3] = total;
      }
      for (; i < stop; i++) {
        const row = order[i] as number;
        total += (offsets[row + 1] as number) - (offsets[row] as number);
        target[end++] = total;
      }
    }
    this.ends[slot] = end;
    this.totals[slot] = total;
  }

  /** Writes Arrow's offsets of a slot: a zero and its ends, of 32 or 64 bits each. */
  override copy(slot: number, bytes: number, target: Uint8Array, at: number): void {
    target.fill(0, at, at + this.offsetBytes);
    if (this.offsetBytes === 4) super.copy(slot, bytes - 4, target, at + 4);
    else this.#copyWide(slot, bytes / 8 - 1, target, at + 8);
  }

  override clear(slot: number): void {
    super.clear(slot);
    this.totals[slot] = 0;
  }

  #copyWide(slot: number, count: number, target: Uint8Array, at: number): void {
    const { fours } = this.arena;
    const view = new DataView(target.buffer, target.byteOffset + at, 8 * count);
    let page = this.first[slot] as number;
    for (let place = 0; place < view.byteLength; page = this.arena.next(page)) {
      const start = page << this.shift;
      const stop = Math.min(start + this.mask + 1, start + (view.byteLength - place) / 8);
      for (let i = start; i < stop; i++, place += 8) {
        view.setInt32(place, fours[i] as number, true);
        view.setInt32(place + 4, 0, true);
      }
    }
  }
}
