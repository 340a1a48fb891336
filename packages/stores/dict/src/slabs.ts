import { allocate } from '@spillway/core';

/** The smallest block, in bytes; blocks are placed in units of it. */
const UNIT_BYTES = 64;

/** A slab has so many units, 1 MiB; the largest block is a whole slab. */
const LARGEST_ORDER = 14;
const SLAB_UNITS = 1 << LARGEST_ORDER;
const SLAB_BYTES = SLAB_UNITS * UNIT_BYTES;

/** What is kept of memory that was deleted rather than spilled. */
const KEPT_BYTES = 32 * 2 ** 20;

/** Links fit a unit so many times; two of them are used. */
const LINKS = UNIT_BYTES / 4;
const NEXT = 0;
const BEFORE = 1;
const NONE = -1;

/** Part of a slab: the number of its first unit, and 2^order of them. */
export type Block = number;

/** Bytes of a block. */
export function blockBytes(block: Block): number {
  return orderBytes(block & 15);
}

/** Bytes of a block of an order. */
export function orderBytes(order: number): number {
  return UNIT_BYTES << order;
}

/** The order of the largest block of at most `bytes` bytes, or of the smallest block. */
export function orderOf(bytes: number): number {
  if (bytes >= SLAB_BYTES) return LARGEST_ORDER;
  return bytes < UNIT_BYTES ? 0 : 25 - Math.clz32(bytes);
}

/** Memory of many blocks. */
export interface Slab {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Also of a free block, in its first words, the blocks before and behind it in its list: they cost no memory. */
  readonly words: Int32Array;
  /** For the first unit of each free block, its order and 1; 0 for any other. */
  readonly free: Uint8Array;
}

/**
 * Blocks of memory for chunks, by the buddy system (Knuth, The Art of Computer Programming, volume 1, section
 * 2.5, algorithms R and S): a block is split in halves until it fits, and joined with its other half when both
 * are free. So a buffer that fills and spills runs on the same memory throughout, whatever sizes its values have:
 * fresh memory costs ten times what memory used before does when it is first written to, and old memory stays until
 * the garbage collector finds it.
 */
export class Slabs {
  /** Bytes of values in memory that is no slab's. */
  elsewhere = 0;
  #taken = 0;
  readonly #slabs: (Slab | undefined)[] = [];
  /** Numbers of slabs that were let go. */
  readonly #vacant: number[] = [];
  /** The first free block of each order. */
  readonly #first = new Array<number>(LARGEST_ORDER + 1).fill(NONE);
  #bytes = 0;

  /** Bytes of memory that values have. */
  get inUse(): number {
    return this.#taken + this.elsewhere;
  }

  /** A block of 64 × 2^order bytes, with any contents. */
  take(order: number): Block {
    let found = order;
    while (found < LARGEST_ORDER && this.#first[found] === NONE) found++;
    if (this.#first[found] === NONE) this.#addSlab();
    const unit = this.#first[found] as number;
    this.#unlink(unit, found);
    while (found > order) {
      found--;
      this.#link(unit + (1 << found), found);
    }
    this.#taken += orderBytes(order);
    return unit * 16 + order;
  }

  /** Takes a block back. */
  give(block: Block): void {
    let order = block & 15;
    let unit = Math.floor(block / 16);
    this.#taken -= orderBytes(order);
    for (; order < LARGEST_ORDER; order++) {
      // Slabs begin at multiples of their size, so this never leads out of one.
      const other = unit ^ (1 << order);
      if (!this.#isFree(other, order)) break;
      this.#unlink(other, order);
      unit = Math.min(unit, other);
    }
    this.#link(unit, order);
  }

  /** The slab that a block is part of. */
  slab(block: Block): Slab {
    return this.#slabOf(Math.floor(block / 16));
  }

  /** Where in its slab a block begins. */
  offset(block: Block): number {
    return (Math.floor(block / 16) % SLAB_UNITS) * UNIT_BYTES;
  }

  /** Lets go of slabs without a block in use, but for some that the next blocks are taken from. */
  trim(): void {
    while (this.#bytes - this.#taken > KEPT_BYTES && this.#first[LARGEST_ORDER] !== NONE) {
      const unit = this.#first[LARGEST_ORDER] as number;
      this.#unlink(unit, LARGEST_ORDER);
      const number = unit / SLAB_UNITS;
      this.#slabs[number] = undefined;
      this.#vacant.push(number);
      this.#bytes -= SLAB_BYTES;
    }
  }

  #addSlab(): void {
    const number = this.#vacant.pop() ?? this.#slabs.length;
    const bytes = allocate(SLAB_BYTES);
    const { buffer, byteOffset } = bytes;
    this.#slabs[number] = {
      bytes,
      view: new DataView(buffer, byteOffset, SLAB_BYTES),
      words: new Int32Array(buffer, byteOffset, SLAB_BYTES / 4),
      free: new Uint8Array(SLAB_UNITS),
    };
    this.#bytes += SLAB_BYTES;
    this.#link(number * SLAB_UNITS, LARGEST_ORDER);
  }

  #isFree(unit: number, order: number): boolean {
    return this.#slabOf(unit).free[unit % SLAB_UNITS] === order + 1;
  }

  #link(unit: number, order: number): void {
    const { words, free } = this.#slabOf(unit);
    const next = this.#first[order] as number;
    const at = (unit % SLAB_UNITS) * LINKS;
    words[at + NEXT] = next;
    words[at + BEFORE] = NONE;
    if (next !== NONE) this.#setLink(next, BEFORE, unit);
    this.#first[order] = unit;
    free[unit % SLAB_UNITS] = order + 1;
  }

  #unlink(unit: number, order: number): void {
    const { words, free } = this.#slabOf(unit);
    const at = (unit % SLAB_UNITS) * LINKS;
    const next = words[at + NEXT] as number;
    const before = words[at + BEFORE] as number;
    if (before === NONE) this.#first[order] = next;
    else this.#setLink(before, NEXT, next);
    if (next !== NONE) this.#setLink(next, BEFORE, before);
    free[unit % SLAB_UNITS] = 0;
  }

  #setLink(unit: number, which: number, to: number): void {
    this.#slabOf(unit).words[(unit % SLAB_UNITS) * LINKS + which] = to;
  }

  #slabOf(unit: number): Slab {
    return this.#slabs[Math.floor(unit / SLAB_UNITS)] as Slab;
  }
}
