import { Columns } from './columns.js';

/** Words of a piece: the record it is in, where in the record's values it starts, its length. */
export const PIECE_WORDS = 3;

/** Slots of a page; a slot takes a piece. */
const PAGE_SLOTS = 1 << 12;
const LARGEST_BLOCK = 1 << 9;
const NONE = 0xffff_ffff;

/** Words of a list: its first block, its last one, how full that is, its pieces, its bytes (low, high). */
const FIRST = 0;
const LAST = 1;
const USED = 2;
const COUNT = 3;
const LOW = 4;
const HIGH = 5;
const LIST_WORDS = 6;

/**
 * For each key the pieces of its value, in order. A list is a chain of blocks in shared pages; a block is
 * a slot that names its size and the next block, and up to 511 pieces. A piece takes 12 bytes; a list of
 * one piece takes 48 bytes in all, and a long one wastes at most the half of its last block.
 */
export class PieceLists {
  readonly #lists = new Columns(LIST_WORDS);
  #pages: Uint32Array[] = [];
  #nextSlot = 0;
  /** Blocks given back, by the logarithm of their size. */
  readonly #free: number[][] = Array.from({ length: 10 }, () => []);

  /** Makes an empty list. @returns its number; they count from 0. */
  add(): number {
    const at = this.#lists.add();
    this.#lists.words[at + FIRST] = NONE;
    return at / LIST_WORDS;
  }

  /** Pieces of a list; neighbours in one record count as one. */
  count(list: number): number {
    return this.#lists.words[list * LIST_WORDS + COUNT] as number;
  }

  /** Bytes of all pieces of a list. */
  bytes(list: number): number {
    const { words } = this.#lists;
    const at = list * LIST_WORDS;
    return (words[at + HIGH] as number) * 0x1_0000_0000 + (words[at + LOW] as number);
  }

  /** The record of a list's first piece. */
  firstRecord(list: number): number {
    const block = this.#lists.words[list * LIST_WORDS + FIRST] as number;
    const page = this.#pages[Math.floor(block / PAGE_SLOTS)] as Uint32Array;
    return page[((block % PAGE_SLOTS) + 1) * PIECE_WORDS] as number;
  }

  /** Bytes of memory taken. */
  get memory(): number {
    return this.#pages.length * PAGE_SLOTS * PIECE_WORDS * 4 + this.#lists.words.byteLength;
  }

  /** Adds a piece to the end of a list. */
  push(list: number, record: number, offset: number, length: number): void {
    const { words } = this.#lists;
    const at = list * LIST_WORDS;
    const bytes = (words[at + LOW] as number) + length;
    words[at + LOW] = bytes;
    if (bytes > 0xffff_ffff) words[at + HIGH] = (words[at + HIGH] as number) + 1;
    let block = words[at + LAST] as number;
    let used = words[at + USED] as number;
    if (words[at + FIRST] === NONE) {
      block = this.#takeBlock(2);
      words[at + FIRST] = block;
      words[at + LAST] = block;
      used = 1;
    } else {
      const page = this.#pages[Math.floor(block / PAGE_SLOTS)] as Uint32Array;
      const head = (block % PAGE_SLOTS) * PIECE_WORDS;
      const last = head + (used - 1) * PIECE_WORDS;
      if (
        page[last] === record &&
        (page[last + 1] as number) + (page[last + 2] as number) === offset
      ) {
        page[last + 2] = (page[last + 2] as number) + length;
        return;
      }
      const size = page[head] as number;
      if (used === size) {
        block = this.#takeBlock(Math.min(size * 2, LARGEST_BLOCK));
        page[head + 1] = block;
        words[at + LAST] = block;
        used = 1;
      }
    }
    const page = this.#pages[Math.floor(block / PAGE_SLOTS)] as Uint32Array;
    const slot = ((block % PAGE_SLOTS) + used) * PIECE_WORDS;
    page[slot] = record;
    page[slot + 1] = offset;
    page[slot + 2] = length;
    words[at + USED] = used + 1;
    words[at + COUNT] = (words[at + COUNT] as number) + 1;
  }

  /** Calls `visit` with each run of pieces of a list: those from word `from` to `to` of `page`. */
  each(list: number, visit: (page: Uint32Array, from: number, to: number) => void): void {
    const at = list * LIST_WORDS;
    const { words } = this.#lists;
    let block = words[at + FIRST] as number;
    const last = words[at + LAST] as number;
    while (block !== NONE) {
      const page = this.#pages[Math.floor(block / PAGE_SLOTS)] as Uint32Array;
      const head = (block % PAGE_SLOTS) * PIECE_WORDS;
      const slots = block === last ? (words[at + USED] as number) : (page[head] as number);
      visit(page, head + PIECE_WORDS, head + slots * PIECE_WORDS);
      block = block === last ? NONE : (page[head + 1] as number);
    }
  }

  /** Empties a list; its memory serves others. */
  clear(list: number): void {
    const { words } = this.#lists;
    const at = list * LIST_WORDS;
    const last = words[at + LAST] as number;
    for (let block = words[at + FIRST] as number; block !== NONE; ) {
      const page = this.#pages[Math.floor(block / PAGE_SLOTS)] as Uint32Array;
      const head = (block % PAGE_SLOTS) * PIECE_WORDS;
      const next = block === last ? NONE : (page[head + 1] as number);
      (this.#free[Math.log2(page[head] as number)] as number[]).push(block);
      block = next;
    }
    words.fill(0, at, at + LIST_WORDS);
    words[at + FIRST] = NONE;
  }

  /** A block of so many slots, a power of two; its first slot is its head. */
  #takeBlock(size: number): number {
    let block = (this.#free[Math.log2(size)] as number[]).pop();
    if (block === undefined) {
      const left = this.#pages.length * PAGE_SLOTS - this.#nextSlot;
      if (left < size) {
        // What is left of the page serves as smaller blocks.
        for (let rest = left; rest >= 2; rest -= 1 << Math.floor(Math.log2(rest))) {
          const part = 1 << Math.floor(Math.log2(rest));
          (this.#free[Math.log2(part)] as number[]).push(this.#pages.length * PAGE_SLOTS - rest);
        }
        this.#nextSlot = this.#pages.length * PAGE_SLOTS;
        this.#pages.push(new Uint32Array(PAGE_SLOTS * PIECE_WORDS));
      }
      block = this.#nextSlot;
      this.#nextSlot += size;
    }
    const page = this.#pages[Math.floor(block / PAGE_SLOTS)] as Uint32Array;
    page[(block % PAGE_SLOTS) * PIECE_WORDS] = size;
    return block;
  }
}
