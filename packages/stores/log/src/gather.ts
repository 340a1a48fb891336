import { CorruptError } from '@spillway/core';
import { BLOCK_DATA, blockEnd, blockStart, firstBadBlock, storedOffset } from './blocks.js';
import type { Files } from './files.js';
import type { KeyIndex } from './key-index.js';
import type { OpenFiles } from './open-files.js';
import type { PieceTable } from './piece-table.js';
import { readWhole } from './record-reader.js';

/** Bytes of values that are read at once. */
export const SPAN = 1 << 18;

/** Reading that much more is cheaper than another read. */
const BYTES_PER_READ = 2 * BLOCK_DATA;

/** Bytes of memory that one span takes, with its checksums and the rest of its first and last block. */
export const SCRATCH_BYTES = blockEnd(SPAN + 2 * BLOCK_DATA, Number.MAX_SAFE_INTEGER);

/** Where a value is put together. */
export interface Place {
  readonly memory: Uint8Array;
  /** Where the next of its bytes goes. */
  at: number;
}

/** Reads pieces of values, checks them, and puts them together. */
export class Gatherer {
  readonly #files: Files;
  readonly #open: OpenFiles;
  /** What is read comes here first, to {@link SCRATCH_BYTES} from the start. */
  readonly #scratch: Buffer;
  /** The block that {@link #scratch} starts with. */
  #base = 0;
  /** Where in its file the last read met with damage; -1 for nowhere. */
  #bad = -1;

  /** @param scratch memory to read into; places that lie further on in it are filled fastest. */
  constructor(files: Files, open: OpenFiles, scratch: Buffer) {
    this.#files = files;
    this.#open = open;
    this.#scratch = scratch;
  }

  /**
   * Appends each piece of a table to its place, in the order of the table.
   *
   * @param places where each list's value goes, by the number of the list in the table.
   * @throws {CorruptError} when a piece is damaged. @throws {StorageError}
   */
  *gather(
    index: KeyIndex,
    table: PieceTable,
    places: readonly Place[],
  ): Generator<void, void, void> {
    const { records, offsets, lengths, slots, count } = table;
    for (let first = 0; first < count; ) {
      const record = records[first] as number;
      let from = offsets[first] as number;
      let to = from + (lengths[first] as number);
      let next = first + 1;
      // Pieces that lie near each other in one record are read at once.
      for (; next < count && records[next] === record; next++) {
        const start = Math.min(from, offsets[next] as number);
        const end = Math.max(to, (offsets[next] as number) + (lengths[next] as number));
        if (end - start > SPAN || end - start > (next - first + 1) * BYTES_PER_READ) break;
        from = start;
        to = end;
      }
      if (next - first > 1 && this.#read(index, record, from, to)) {
        for (let i = first; i < next; i++) {
          this.#copy(
            places[slots[i] as number] as Place,
            offsets[i] as number,
            lengths[i] as number,
          );
        }
      } else {
        for (let i = first; i < next; i++) {
          const place = places[slots[i] as number] as Place;
          yield* this.#gatherOne(index, record, offsets[i] as number, lengths[i] as number, place);
        }
      }
      first = next;
      yield;
    }
  }

  *#gatherOne(
    index: KeyIndex,
    record: number,
    offset: number,
    length: number,
    place: Place,
  ): Generator<void, void, void> {
    for (let at = offset, left = length; left > 0; ) {
      const part = Math.min(left, SPAN);
      if (!this.#read(index, record, at, at + part)) this.#fail(index, record);
      this.#copy(place, at, part);
      at += part;
      left -= part;
      if (left > 0) yield;
    }
  }

  /** Reads the blocks of bytes `from` to `to` of a record's values. @returns whether all are good. */
  #read(index: KeyIndex, record: number, from: number, to: number): boolean {
    if (from === to) return true;
    const start = blockStart(from);
    const bytes = blockEnd(to, index.valueBytes(record)) - start;
    const { path } = index.segmentOf(record);
    const position = index.valuesAt(record) + start;
    const fd = this.#open.descriptor(path);
    const got = readWhole(this.#files, fd, this.#scratch, 0, bytes, position, path);
    this.#base = start;
    this.#bad = got < bytes ? position + got : -1;
    if (got === bytes) {
      const bad = firstBadBlock(this.#scratch, 0, bytes);
      if (bad >= 0) this.#bad = position + bad;
    }
    return this.#bad < 0;
  }

  /** Copies values that were read to where they go. */
  #copy(place: Place, offset: number, length: number): void {
    const scratch = this.#scratch;
    const { memory } = place;
    for (let from = offset, left = length; left > 0; ) {
      const run = Math.min(left, BLOCK_DATA - (from % BLOCK_DATA));
      const at = storedOffset(from) - this.#base;
      if (memory === scratch) memory.copyWithin(place.at, at, at + run);
      else memory.set(scratch.subarray(at, at + run), place.at);
      place.at += run;
      from += run;
      left -= run;
    }
  }

  #fail(index: KeyIndex, record: number): never {
    const { path } = index.segmentOf(record);
    const offset = this.#bad;
    throw new CorruptError(
      `${path} is damaged at byte ${offset}; repair() keeps all that can be read`,
      { path, offset },
    );
  }
}
