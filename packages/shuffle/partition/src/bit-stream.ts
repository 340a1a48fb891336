import { ByteStream } from './byte-stream.js';
import { packBits } from './copy.js';

/** Bits, a byte of 0 or 1 for each until they are copied. */
export class BitStream extends ByteStream {
  /** Writes the bits of a slot; what is left of the last byte is zero. */
  override copy(slot: number, bytes: number, target: Uint8Array, at: number): void {
    const { arena, mask } = this;
    const end = this.ends[slot] as number;
    const last = (end - 1) >> this.shift;
    let page = this.first[slot] as number;
    let next = at;
    for (const stop = at + bytes; next < stop; next += arena.pageBytes / 8) {
      const bits = page === last ? ((end - 1) & mask) + 1 : arena.pageBytes;
      packBits(arena.bytes, page * arena.pageBytes, bits, target, next);
      page = arena.next(page);
    }
  }
}
