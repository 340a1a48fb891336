/**
 * Memory in pages of one size, taken one by one and given back in chains: no fragments, no garbage, and an
 * exact count of what is in use. Pages used before are taken first, since first touching fresh memory costs
 * several times what writing to it does; pages that were never taken cost nothing.
 *
 * In front of the pages is a region to put finished columns into. It is part of the same memory because a
 * copy within one array costs half of one between two, for which views must be made.
 */
export class Arena {
  /** Bytes of a page, a power of two. */
  readonly pageBytes: number;
  /** How many pages there are. */
  readonly pages: number;
  /** How many slots, numbered from 0, chains may belong to. */
  readonly slots: number;
  /** Pages that each slot has. */
  readonly held: Int32Array;
  readonly bytes: Uint8Array;
  readonly fours: Int32Array;
  /** Bytes for finished columns. */
  readonly outputBytes: number;
  /** How many streams have their pages here. */
  streams = 0;
  /** Bytes of finished columns there are. */
  #output = 0;
  /** The page behind each page of a chain. */
  readonly #next: Int32Array;
  #free = NONE;
  #untouched: number;
  #inUse = 0;

  constructor({ pages, pageBytes, slots, outputBytes }: ArenaSize) {
    const outputPages = Math.ceil(outputBytes / pageBytes);
    this.pages = pages;
    this.slots = slots;
    this.held = new Int32Array(slots);
    this.pageBytes = pageBytes;
    this.outputBytes = outputPages * pageBytes;
    this.#untouched = outputPages;
    this.#next = new Int32Array(outputPages + pages);
    const memory = new ArrayBuffer(this.#next.length * pageBytes);
    this.bytes = new Uint8Array(memory);
    this.fours = new Int32Array(memory);
  }

  /** Pages in use. */
  get inUse(): number {
    return this.#inUse;
  }

  /** Takes a page for a slot and puts it behind `previous`, if that is one. The caller knows that one is left. */
  take(slot: number, previous: number): number {
    let page = this.#free;
    if (page === NONE) page = this.#untouched++;
    else this.#free = this.next(page);
    this.#inUse++;
    this.held[slot] = (this.held[slot] as number) + 1;
    if (previous !== NONE) this.#next[previous] = page;
    return page;
  }

  /** The page behind another one. */
  next(page: number): number {
    return this.#next[page] as number;
  }

  /** Takes a slot's chain of pages back. */
  give(slot: number, first: number, last: number, pages: number): void {
    this.#next[last] = this.#free;
    this.#free = first;
    this.#inUse -= pages;
    this.held[slot] = (this.held[slot] as number) - pages;
  }

  /** Where a buffer of a finished column goes; its contents are arbitrary. */
  output(bytes: number): number {
    const at = this.#output;
    this.#output = at + roundUp(bytes, OUTPUT_ALIGNMENT);
    if (this.#output > this.outputBytes) throw new RangeError('more output than was reserved');
    return at;
  }

  /** Bytes that are left for finished columns. */
  get outputLeft(): number {
    return this.outputBytes - this.#output;
  }

  /** Forgets finished columns. */
  clearOutput(): void {
    this.#output = 0;
  }
}

export interface ArenaSize {
  readonly pages: number;
  readonly pageBytes: number;
  readonly slots: number;
  readonly outputBytes: number;
}

/** No page. */
export const NONE = -1;

/** Places in an arena are 32-bit numbers. */
export const MAX_ARENA_BYTES = 2 ** 31 - 2 ** 16;

/** Finished buffers begin at multiples of this, as Arrow recommends. */
const OUTPUT_ALIGNMENT = 64;

/** The next multiple of a power of two. */
export function roundUp(value: number, powerOfTwo: number): number {
  return Math.ceil(value / powerOfTwo) * powerOfTwo;
}

/** The most output that a slot needs: 32-bit ends may become 64-bit offsets, and each buffer is aligned. */
export function outputBytes(bytes: number, streams: number): number {
  return 2 * bytes + 2 * OUTPUT_ALIGNMENT * streams;
}
