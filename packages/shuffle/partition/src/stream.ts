import { type Arena, NONE } from './arena.js';
import { copy1, copy2, copy4, copy8, copy16 } from './copy.js';

/**
 * The elements of one buffer of a column, gathered in an arena for many slots at once: a chain of pages for
 * each slot, all full but the last.
 *
 * @typeParam A the class of arrays that elements are read from.
 */
export class Stream<A> {
  protected readonly arena: Arena;
  /** Elements of a page, less one. */
  protected readonly mask: number;
  /** Where each slot's next element goes, in elements from the arena's start; at the start of a page, no page yet. */
  protected readonly ends: Int32Array;
  readonly #first: Int32Array;
  readonly #width: Width<A>;
  readonly #target: A;
  readonly #shift: number;

  constructor(arena: Arena, width: Width<A>) {
    this.arena = arena;
    arena.streams++;
    this.mask = arena.pageBytes / width.bytes - 1;
    this.ends = new Int32Array(arena.slots);
    this.#first = new Int32Array(arena.slots);
    this.#width = width;
    this.#target = width.view(arena.bytes);
    this.#shift = 31 - Math.clz32(this.mask + 1);
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

  /** The `count` elements of a slot, which are all it has, in the arena's output; the slot is empty then. */
  finish(slot: number, count: number): Uint8Array {
    const bytes = count * this.#width.bytes;
    const at = this.arena.output(bytes);
    this.drain(slot, count, at);
    return this.arena.bytes.subarray(at, at + bytes);
  }

  /** Moves the `count` elements of a slot, which are all it has, to the byte `at` of the arena. */
  protected drain(slot: number, count: number, at: number): void {
    if (count === 0) return;
    const { arena } = this;
    const { bytes, pageBytes } = arena;
    const first = this.#first[slot] as number;
    let page = first;
    let last = first;
    let pages = 0;
    let target = at;
    for (let left = count * this.#width.bytes; left > 0; left -= pageBytes) {
      const start = page * pageBytes;
      bytes.copyWithin(target, start, start + Math.min(left, pageBytes));
      target += pageBytes;
      pages++;
      last = page;
      page = arena.next(page);
    }
    arena.give(slot, first, last, pages);
    this.ends[slot] = 0;
  }

  /** Adds a page to a slot that ends at `end` and has no room; gives the place of the page's first element. */
  protected grow(slot: number, end: number): number {
    const page = this.arena.take(slot, end === 0 ? NONE : (end - 1) >> this.#shift);
    if (end === 0) this.#first[slot] = page;
    return page << this.#shift;
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
