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

  constructor(arena: Arena) {
    super(arena, FOUR);
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

  /** Arrow's offsets of a slot of `rows` rows, 32 or 64 bits each as `type` wants them; the slot is empty then. */
  finishOffsets(slot: number, rows: number, type: DataType): Uint8Array {
    this.totals[slot] = 0;
    const { arena } = this;
    const { BYTES_PER_ELEMENT } = type.OffsetArrayType;
    const bytes = (rows + 1) * BYTES_PER_ELEMENT;
    const at = arena.output(bytes);
    const first = at / 4;
    arena.fours[first] = 0;
    this.drain(slot, rows, at + 4);
    if (BYTES_PER_ELEMENT === 8) widen(arena.fours, first, rows + 1);
    return arena.bytes.subarray(at, at + bytes);
  }
}

/** Makes 64-bit numbers of 32-bit ones in place: from the last on, so that each is read before it is overwritten. */
function widen(words: Int32Array, first: number, count: number): void {
  for (let i = count - 1; i >= 0; i--) {
    words[first + 2 * i] = words[first + i] as number;
    words[first + 2 * i + 1] = 0;
  }
}
