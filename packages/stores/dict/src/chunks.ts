import { allocate, concatBytes } from '@spillway/core';

/** Sizes up to this are rounded up, so that chunks given back fit the next value that wants one. */
const LARGEST_CLASS = 1 << 20;
const SMALLEST_CLASS = 64;

/** Bytes from which on a value grows by halves. */
const SMALL_VALUE = 4096;

/** What the pool keeps of memory that was deleted rather than spilled. */
const KEPT_BYTES = 32 * 2 ** 20;

/**
 * Chunks to use again, by size. First touching fresh memory costs ten times what writing to memory used
 * before does, so a buffer that fills and spills should run on the same memory throughout. While chunks
 * wait here, fresh memory replaces some of them: the pool adds nothing to the peak.
 */
export class ChunkPool {
  /** Bytes in chunks that are in use. */
  inUse = 0;
  #kept = 0;
  readonly #free = new Map<number, Uint8Array[]>();

  /** A chunk of exactly `size` bytes, with any contents. */
  take(size: number): Uint8Array {
    this.inUse += size;
    const chunk = this.#free.get(size)?.pop();
    if (chunk === undefined) {
      this.#discard(size);
      return allocate(size);
    }
    this.#kept -= size;
    return chunk;
  }

  /** Takes a chunk back that held a spilled value; another like it will be wanted soon. */
  give(chunk: Uint8Array): void {
    this.inUse -= chunk.length;
    this.#kept += chunk.length;
    const free = this.#free.get(chunk.length);
    if (free) free.push(chunk);
    else this.#free.set(chunk.length, [chunk]);
  }

  /** Takes a chunk back that held a deleted value. */
  giveSpare(chunk: Uint8Array): void {
    if (this.#kept + chunk.length <= KEPT_BYTES) this.give(chunk);
    else this.forget(chunk);
  }

  /** Leaves a chunk to whoever else has it, and to the garbage collector. */
  forget(chunk: Uint8Array): void {
    this.inUse -= chunk.length;
  }

  clear(): void {
    this.#free.clear();
    this.#kept = 0;
    this.inUse = 0;
  }

  #discard(bytes: number): void {
    const target = Math.max(0, this.#kept - bytes);
    for (const [size, free] of this.#free) {
      while (this.#kept > target && free.pop()) this.#kept -= size;
      if (this.#kept <= target) return;
      this.#free.delete(size);
    }
  }
}

/** One key's value: a list of chunks, each half as long again as all before it together. */
export class Chunks {
  /** Bytes held. */
  length = 0;
  readonly #pool: ChunkPool;
  #full: Uint8Array[] = [];
  #tail: Uint8Array | undefined;
  #used = 0;
  /** How many chunks, from the first, a reader may still have; they are never used again. */
  #lent = 0;

  constructor(pool: ChunkPool) {
    this.#pool = pool;
  }

  append(bytes: Uint8Array): void {
    let tail = this.#tail;
    const room = tail === undefined ? 0 : tail.length - this.#used;
    if (tail !== undefined && bytes.length <= room) {
      tail.set(bytes, this.#used);
      this.#used += bytes.length;
    } else {
      if (tail !== undefined) {
        if (room > 0) tail.set(bytes.subarray(0, room), this.#used);
        this.#full.push(tail);
      }
      const rest = bytes.length - room;
      tail = this.#pool.take(chunkSize(rest, this.length + room));
      tail.set(room > 0 ? bytes.subarray(room) : bytes);
      this.#tail = tail;
      this.#used = rest;
    }
    this.length += bytes.length;
  }

  /** The whole value. Chunks become one, which is what the next call returns too. */
  join(): Uint8Array {
    const parts = this.parts();
    if (parts.length === 1) {
      this.#lent = this.#full.length + 1;
      return parts[0] as Uint8Array;
    }
    const joined = concatBytes(parts);
    this.release('deletion');
    this.#pool.inUse += joined.length;
    this.#full = [];
    this.#tail = joined;
    this.#used = joined.length;
    this.length = joined.length;
    this.#lent = 1;
    return joined;
  }

  /** The value in pieces, as views that stay as they are until {@link release}. */
  parts(): Uint8Array[] {
    if (this.#tail === undefined) return [];
    const { length } = this.#tail;
    return [...this.#full, this.#used === length ? this.#tail : this.#tail.subarray(0, this.#used)];
  }

  /** The value in pieces which outlive anything that happens here. */
  lend(): Uint8Array[] {
    this.#lent = this.#full.length + 1;
    return this.parts();
  }

  /** Gives up the value, after a spill or a deletion; chunks that a reader may have are left to him. */
  release(after: 'spill' | 'deletion'): void {
    const give = (chunk: Uint8Array, index: number) => {
      if (index < this.#lent) this.#pool.forget(chunk);
      else if (after === 'spill') this.#pool.give(chunk);
      else this.#pool.giveSpare(chunk);
    };
    this.#full.forEach(give);
    if (this.#tail !== undefined) give(this.#tail, this.#full.length);
  }
}

/**
 * Enough for what comes, and half of what is there already: at most a third of the memory is unused. Small
 * values double, since a chunk costs more than the bytes it could save.
 */
function chunkSize(needed: number, held: number): number {
  const growth = held < SMALL_VALUE ? held : held >>> 1;
  const size = Math.min(sizeClass(growth, false), LARGEST_CLASS);
  if (size >= needed) return size;
  return needed < LARGEST_CLASS ? sizeClass(needed, true) : needed;
}

/** Four sizes to each doubling, so that rounding wastes a fifth at most. */
function sizeClass(size: number, up: boolean): number {
  if (size <= SMALLEST_CLASS) return SMALLEST_CLASS;
  const step = 1 << (29 - Math.clz32(size));
  return (up ? size + step - 1 : size) & ~(step - 1);
}
