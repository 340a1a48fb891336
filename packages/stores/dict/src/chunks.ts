import { allocate, copyPieces } from '@spillway/core';
import { type Block, blockBytes, orderBytes, orderOf, type Slabs } from './slabs.js';

/** Bytes from which on a value grows by halves. */
const SMALL_VALUE = 1024;

/** Larger chunks would need larger gaps between others: memory of 16 MB would grow to 23 instead of 17. */
const LARGEST_CHUNK = 2 ** 16;

/** Values up to this many bytes are cheaper to copy by words than as a view. */
const COPIED_BY_WORDS = 192;

/** A large value is kept as it came, unless that costs a copy of more than this part of it. */
const KEPT_SHARE = 1 / 8;

/** Called as it is: an engine looks `bytes.set` up anew for each value, which takes as long as copying it. */
const { set } = Uint8Array.prototype;

const EMPTY = new Uint8Array(0);

/** A block that is full, or memory of its own. */
type Chunk = Block | Uint8Array;

/** One key's value: a list of chunks, each half as long again as all before it together. */
export class Chunks {
  /** Bytes held. */
  length = 0;
  readonly #slabs: Slabs;
  #full: Chunk[] = [];
  /** The block that bytes are added to, and where in its slab's memory the next one goes. */
  #tail: Block | undefined;
  #memory: Uint8Array = EMPTY;
  #view: DataView | undefined;
  #words: Int32Array | undefined;
  #at = 0;
  #end = 0;

  constructor(slabs: Slabs) {
    this.#slabs = slabs;
  }

  append(bytes: Uint8Array): void {
    const end = this.#at + bytes.length;
    if (end > this.#end) {
      this.#appendAcross(bytes);
      return;
    }
    set.call(this.#memory, bytes, this.#at);
    this.#at = end;
    this.length += bytes.length;
  }

  /** Appends bytes of some memory, given also by words if it begins with a whole one. */
  appendFrom(memory: DataView, words: Int32Array | undefined, at: number, length: number): void {
    const end = this.#at + length;
    if (length > COPIED_BY_WORDS || end > this.#end || this.#view === undefined) {
      this.append(new Uint8Array(memory.buffer, memory.byteOffset + at, length));
      return;
    }
    let copied = 0;
    if (words !== undefined && this.#words !== undefined && ((at | this.#at) & 3) === 0) {
      copied = length & ~3;
      copyWords(words, at >>> 2, this.#words, this.#at >>> 2, length >>> 2);
    }
    copyByWords(memory, at + copied, this.#view, this.#at + copied, length - copied);
    this.#at = end;
    this.length += length;
  }

  /** Appends bytes which are nobody else's: a chunk as they are, where no memory is wasted by that. */
  adopt(bytes: Uint8Array): void {
    const { length } = bytes;
    if (this.#at < this.#end) {
      const used = this.#tailBytes();
      if (used.length > length * KEPT_SHARE) {
        this.append(bytes);
        return;
      }
      const cut = allocate(used.length);
      cut.set(used);
      this.#slabs.give(this.#tail as Block);
      this.#keep(cut);
    } else if (this.#tail !== undefined) this.#full.push(this.#tail);
    this.#endTail();
    this.#keep(bytes);
    this.length += length;
  }

  /** The whole value, in memory of its own, which is what the next call returns too. */
  join(): Uint8Array {
    const { length } = this;
    const [first] = this.#full;
    if (first instanceof Uint8Array && first.length === length) return first;
    const joined = allocate(length);
    copyPieces(this.parts(), joined);
    this.release();
    this.#keep(joined);
    this.length = length;
    return joined;
  }

  /** The value in pieces which outlive it: chunks with memory of their own as they are, where there are any. */
  lend(): Uint8Array[] {
    if (!this.#full.some((chunk) => chunk instanceof Uint8Array)) return [this.join()];
    return this.parts().map((part, i) => (part === this.#full[i] ? part : part.slice()));
  }

  /** The value in pieces, as views that stay as they are until {@link release}. */
  parts(): Uint8Array[] {
    const parts = this.#full.map((chunk) =>
      chunk instanceof Uint8Array ? chunk : this.#bytesOf(chunk),
    );
    if (this.#tail !== undefined) parts.push(this.#tailBytes());
    return parts;
  }

  /** Gives up the value and its memory, except what readers may have. */
  release(): void {
    for (const chunk of this.#full) {
      if (chunk instanceof Uint8Array) this.#slabs.elsewhere -= chunk.length;
      else this.#slabs.give(chunk);
    }
    if (this.#tail !== undefined) this.#slabs.give(this.#tail);
    this.#full = [];
    this.#endTail();
    this.length = 0;
  }

  /** Appends bytes for which more than the tail is needed. */
  #appendAcross(bytes: Uint8Array): void {
    let done = this.#fillTail(bytes);
    for (let begun = false; done < bytes.length; begun = true) {
      if (this.#tail !== undefined) this.#full.push(this.#tail);
      this.#begin(chunkOrder(bytes.length - done, this.length + done, begun));
      done += this.#fillTail(done > 0 ? bytes.subarray(done) : bytes);
    }
    this.length += done;
  }

  /** @returns how many of the bytes there was room for. */
  #fillTail(bytes: Uint8Array): number {
    const room = this.#end - this.#at;
    const part = bytes.length > room ? bytes.subarray(0, room) : bytes;
    set.call(this.#memory, part, this.#at);
    this.#at += part.length;
    return part.length;
  }

  #begin(order: number): void {
    const block = this.#slabs.take(order);
    const slab = this.#slabs.slab(block);
    this.#tail = block;
    this.#memory = slab.bytes;
    this.#view = slab.view;
    this.#words = slab.words;
    this.#at = this.#slabs.offset(block);
    this.#end = this.#at + blockBytes(block);
  }

  #endTail(): void {
    this.#tail = undefined;
    this.#memory = EMPTY;
    this.#view = undefined;
    this.#words = undefined;
    this.#at = 0;
    this.#end = 0;
  }

  #tailBytes(): Uint8Array {
    return this.#memory.subarray(this.#slabs.offset(this.#tail as Block), this.#at);
  }

  #bytesOf(block: Block): Uint8Array {
    const at = this.#slabs.offset(block);
    return this.#slabs.slab(block).bytes.subarray(at, at + blockBytes(block));
  }

  #keep(bytes: Uint8Array): void {
    this.#full.push(bytes);
    this.#slabs.elsewhere += bytes.length;
  }
}

/**
 * Enough for half of what is there already: at most a third of the memory is unused. Small values double, since a
 * chunk costs more than the bytes it could save. What is larger than that gets blocks as long as fit into it.
 *
 * @param begun whether a block was taken for the same bytes: what is left of them gets no more than it needs.
 */
function chunkOrder(needed: number, held: number, begun: boolean): number {
  const growth = largestOrder(held < SMALL_VALUE ? held : Math.floor(held / 2));
  if (orderBytes(growth) < needed) return largestOrder(needed);
  return begun ? orderOf(2 * needed - 1) : growth;
}

function largestOrder(bytes: number): number {
  return orderOf(Math.min(bytes, LARGEST_CHUNK));
}

/** Words at their places: half the time of words at any. */
function copyWords(
  source: Int32Array,
  from: number,
  target: Int32Array,
  to: number,
  count: number,
): void {
  for (let i = 0; i < count; i++) target[to + i] = source[from + i] as number;
}

function copyByWords(
  source: DataView,
  from: number,
  target: DataView,
  to: number,
  length: number,
): void {
  const words = from + (length & ~3);
  let at = to;
  let next = from;
  for (; next < words; next += 4, at += 4) target.setInt32(at, source.getInt32(next, true), true);
  for (; next < from + length; next++, at++) target.setInt8(at, source.getInt8(next));
}
