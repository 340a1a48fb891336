import { allocate } from '@spillway/core';
import type { Files } from './files.js';
import { gather, type Place } from './gather.js';
import type { KeyIndex } from './key-index.js';
import type { OpenFiles } from './open-files.js';
import { type PieceTable, partsOf, tableOf } from './piece-table.js';
import { inSlices } from './slices.js';
import { SCRATCH_BYTES, ValueReader } from './value-reader.js';

/** Keys of whole stores are read in groups of so many bytes; a larger one alone. */
const GROUP_BYTES = 128 * 2 ** 20;

/** Pieces of a group; each takes 32 bytes of memory while it is read. */
const GROUP_PIECES = 1 << 20;

/** Values of pieces smaller than this are put together next to where they are read, which is faster. */
const LARGE_PIECE = 1 << 12;

/** Bytes of one part of a stream. */
const PART_BYTES = 1 << 20;

const EMPTY = new Uint8Array(0);

/** Reads values as an index says. */
export class Reader {
  readonly #files: Files;
  readonly #open: OpenFiles;
  /** Lent to one read at a time; others take memory of their own. */
  #scratch: Buffer | undefined;

  constructor(files: Files, open: OpenFiles) {
    this.#files = files;
    this.#open = open;
  }

  /** The values of keys. @throws {CorruptError} @throws {StorageError} */
  async get(index: KeyIndex, keys: readonly string[]): Promise<Uint8Array[]> {
    const lists = keys.map((key) => index.find(key));
    const wanted = [...new Set(lists.filter((list) => list !== undefined))];
    const places = new Map<number | undefined, Place>();
    for (const list of wanted) {
      places.set(list, { memory: allocate(index.lists.bytes(list)), at: 0 });
    }
    for (let next = 0; next < wanted.length; ) {
      const group = wanted.slice(next, groupEnd(index, wanted, next, Number.POSITIVE_INFINITY));
      next += group.length;
      const into = group.map((list) => places.get(list) as Place);
      await this.#gather(index, tableOf(index.lists, group), into);
    }
    return lists.map((list) => places.get(list)?.memory ?? EMPTY);
  }

  /** The parts of a key's value as it is now, even if it is taken away meanwhile. */
  async *stream(index: KeyIndex, key: string): AsyncGenerator<Uint8Array, void, void> {
    const list = index.find(key);
    if (list === undefined) return;
    const table = tableOf(index.lists, [list]);
    const paths = new Set(Array.from(table.records, (record) => index.valuesOf(record).path));
    for (const path of paths) this.#open.pin(path);
    try {
      for (const { part, bytes } of partsOf(table, PART_BYTES)) {
        const place = { memory: allocate(bytes), at: 0 };
        await this.#gather(index, part, [place]);
        yield place.memory;
      }
    } finally {
      for (const path of paths) this.#open.unpin(path);
    }
  }

  /**
   * Keys with their values, in nearly sequential passes over the segments: as many keys at a time as fit into
   * 128 MiB, in the order in which they first came.
   *
   * @param current gives the index as it is now.
   */
  async *entries(
    current: () => Promise<KeyIndex>,
    prefix: string,
  ): AsyncGenerator<readonly [key: string, value: Uint8Array], void, void> {
    const first = await current();
    const keys = Array.from(first.present(prefix), (list) => first.keyOf(list));
    let memory = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
    for (let next = 0; next < keys.length; ) {
      const index = await current();
      const lists = keys.slice(next, next + GROUP_PIECES).map((key) => index.find(key));
      const group = lists.slice(0, groupEnd(index, lists, 0, GROUP_BYTES));
      const wanted = group.filter((list) => list !== undefined);
      const bytes = SCRATCH_BYTES + bytesBeside(index, wanted);
      if (memory.length < bytes) memory = Buffer.allocUnsafeSlow(bytes);
      const places = placesIn(memory, index, wanted);
      const reader = new ValueReader(this.#files, this.#open, memory);
      await inSlices(gather(reader, index, tableOf(index.lists, wanted), places));
      let place = 0;
      for (const [i, list] of group.entries()) {
        if (list === undefined) continue;
        yield [keys[next + i] as string, ownValue(places[place++] as WholePlace, memory)];
      }
      next += group.length;
    }
  }

  async #gather(index: KeyIndex, table: PieceTable, places: readonly Place[]): Promise<void> {
    const scratch = this.#scratch ?? Buffer.allocUnsafeSlow(SCRATCH_BYTES);
    this.#scratch = undefined;
    try {
      const reader = new ValueReader(this.#files, this.#open, scratch);
      await inSlices(gather(reader, index, table, places));
    } finally {
      this.#scratch = scratch;
    }
  }
}

/** Where the group of lists from `from` on ends: at least one, and no more than the bounds allow. */
function groupEnd(
  { lists }: KeyIndex,
  wanted: readonly (number | undefined)[],
  from: number,
  most: number,
): number {
  let bytes = 0;
  let pieces = 0;
  let end = from;
  for (; end < wanted.length; end++) {
    const list = wanted[end];
    if (list === undefined) continue;
    bytes += lists.bytes(list);
    pieces += lists.count(list);
    if (end > from && (bytes > most || pieces > GROUP_PIECES)) break;
  }
  return end;
}

/** Whether a value is put together in the memory that pieces are read into. */
function isBeside({ lists }: KeyIndex, list: number): boolean {
  const bytes = lists.bytes(list);
  return bytes < LARGE_PIECE * lists.count(list) && bytes <= GROUP_BYTES;
}

function bytesBeside(index: KeyIndex, wanted: readonly number[]): number {
  let bytes = 0;
  for (const list of wanted) if (isBeside(index, list)) bytes += index.lists.bytes(list);
  return bytes;
}

interface WholePlace extends Place {
  readonly start: number;
}

function placesIn(memory: Buffer, index: KeyIndex, wanted: readonly number[]): WholePlace[] {
  let next = SCRATCH_BYTES;
  return wanted.map((list) => {
    const bytes = index.lists.bytes(list);
    if (!isBeside(index, list)) return { memory: allocate(bytes), at: 0, start: 0 };
    const start = next;
    next += bytes;
    return { memory, at: start, start };
  });
}

/** The value in its place, in memory of its own. */
function ownValue({ memory, start, at }: WholePlace, shared: Buffer): Uint8Array {
  if (memory !== shared) return memory;
  const value = allocate(at - start);
  value.set(memory.subarray(start, at));
  return value;
}
