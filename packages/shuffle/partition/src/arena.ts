/**
 * Memory in pages of one size, taken one by one and given back in chains: no fragments, no garbage, and an
 * exact count of what is in use. Pages used before are taken first, since first touching fresh memory costs
 * several times what writing to it does; pages that were never taken cost nothing.
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
  /** How many streams have their pages here. */
  streams = 0;
  /** What has something for each slot. */
  readonly #slotted: Slotted[] = [];
  /** The page behind each page of a chain. */
  readonly #next: Int32Array;
  #free = NONE;
  #untouched = 0;
  #inUse = 0;

  constructor({ pages, pageBytes, slots }: ArenaSize) {
    this.pages = pages;
    this.slots = slots;
    this.held = new Int32Array(slots);
    this.pageBytes = pageBytes;
    this.#next = new Int32Array(pages);
    const memory = new ArrayBuffer(pages * pageBytes);
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

  /** Has slots cleared there, too. */
  add(slotted: Slotted): void {
    this.#slotted.push(slotted);
  }

  /** Makes a slot empty. */
  clear(slot: number): void {
    for (const slotted of this.#slotted) slotted.clear(slot);
    this.#inUse -= this.held[slot] as number;
    this.held[slot] = 0;
  }

  /** Takes a chain of pages back from a slot that is being cleared. */
  give(first: number, last: number): void {
    this.#next[last] = this.#free;
    this.#free = first;
  }
}

/** What has something for each slot. */
export interface Slotted {
  /** Makes a slot empty. */
  clear(slot: number): void;
}

export interface ArenaSize {
  readonly pages: number;
  readonly pageBytes: number;
  readonly slots: number;
}

/** No page. */
export const NONE = -1;
