import { type Arena, NONE, type Slotted } from './arena.js';
import type { BufferSource } from './body.js';
import { copy1, copy2, copy4, copy8, copy16 } from './copy.js';

/**
 * The elements of one buffer of a column, gathered in an arena for many slots at once: a chain of pages for
 * each slot, all full but the last.
 *
 * @typeParam A the class of arrays that elements are read from.
 */
export class Stream<A> implements BufferSource, Slotted {
  protected readonly arena: Arena;
  /** Elements of a page, less one. */
  protected readonly mask: number;
  /** Where each slot's next element goes, in elements from the arena's start; at the start of a page, no page yet. */
  protected readonly ends: Int32Array;
  /** The first page of each slot that has any. */
  protected readonly first: Int32Array;
  readonly #width: Width<A>;
  readonly #target: A;
  protected readonly shift: number;

  constructor(arena: Arena, width: Width<A>) {
    this.arena = arena;
    arena.streams++;
    arena.add(this);
    this.mask = arena.pageBytes / width.bytes - 1;
    this.ends = new Int32Array(arena.slots);
    this.first = new Int32Array(arena.slots);
    this.#width = width;
    this.#target = width.view(arena.bytes);
    this.shift = 31 - Math.clz32(this.mask + 1);
  }

  /** Adds the elements of `source` that `order` names from index `from` to `to`. */
  append(slot: number, source: A, order: Int32Array, from: number, to: number): void {
    const { copy } = this.#width;
    let end = this.ends[slot] as number;
    for (let row = from; row < to; ) {
      if ((end & this.mask) === 0) end = this.grow(slot, end);
      const next = Math.min(to, row + this.mask + 1 - (end & this.mask));
      copy(source, order, row, next, this.#target, end);
      end += next - row;
      row = next;
    }
    this.ends[slot] = end;
  }

  /** Copies the first `bytes` bytes of a slot to `target` from `at` on. */
  copy(slot: number, bytes: number, target: Uint8Array, at: number): void {
    const { arena } = this;
    const { pageBytes } = arena;
    let page = this.first[slot] as number;
    let next = at;
    for (let left = bytes; left > 0; left -= pageBytes) {
      const start = page * pageBytes;
      target.set(arena.bytes.subarray(start, start + Math.min(left, pageBytes)), next);
      next += pageBytes;
      page = arena.next(page);
    }
  }

  clear(slot: number): void {
    const end = this.ends[slot] as number;
    if (end === 0) return;
    this.arena.give(this.first[slot] as number, (end - 1) >> this.shift);
    this.ends[slot] = 0;
  }

  /** Adds a page to a slot that ends at `end` and has no room; gives the place of the page's first element. */
  protected grow(slot: number, end: number): number {
    const page = this.arena.take(slot, end === 0 ? NONE : (end - 1) >> this.shift);
    if (end === 0) this.first[slot] = page;
    return page << this.shift;
  }
}

/** How elements of one width are copied. */
export interface Width<A> {
  readonly bytes: number;
  readonly copy: (
    source: A,
    order: Int32Array,
    from: number,
    to: number,
    target: A,
    at: number,
  ) => void;
  /** Bytes that begin at a multiple of 8 as `copy` wants them. */
  readonly view: (bytes: Uint8Array) => A;
}

export const ONE: Width<Uint8Array> = { bytes: 1, copy: copy1, view: (bytes) => bytes };
export const TWO: Width<Uint16Array> = {
  bytes: 2,
  copy: copy2,
  view: ({ buffer, byteOffset, length }) => new Uint16Array(buffer, byteOffset, length >> 1),
};
export const FOUR: Width<Int32Array> = {
  bytes: 4,
  copy: copy4,
  view: ({ buffer, byteOffset, length }) => new Int32Array(buffer, byteOffset, length >> 2),
};
export const EIGHT: Width<BigUint64Array> = { bytes: 8, copy: copy8, view: asEights };
export const SIXTEEN: Width<BigUint64Array> = { bytes: 16, copy: copy16, view: asEights };

function asEights({ buffer, byteOffset, length }: Uint8Array): BigUint64Array {
  return new BigUint64Array(buffer, byteOffset, length >> 3);
}
