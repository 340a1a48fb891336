import { CorruptError } from '@spillway/core';
import { type Blocks, LONG_BLOCKS, SHORT_BLOCKS } from './blocks.js';
import type { Files } from './files.js';
import type { OpenFiles } from './open-files.js';
import { readWhole } from './record-reader.js';

/** Bytes of values that are read at once, at most. */
export const SPAN = 1 << 18;

/** Bytes of memory that one span takes, with its checksums and the rest of its first and last block. */
export const SCRATCH_BYTES = LONG_BLOCKS.storedBytes(SPAN + 2 * LONG_BLOCKS.data);

/** Up to so many bytes, a loop copies faster than a call of `copyWithin`. */
const FEW_BYTES = 128;

/** Where a record's values are. */
export interface ValuesPlace {
  readonly path: string;
  /** Where in the file they start. */
  readonly at: number;
  /** Bytes of all of them. */
  readonly bytes: number;
  readonly blocks: Blocks;
}

/** Reads parts of records' values and checks them. */
export class ValueReader {
  readonly #files: Files;
  readonly #open: OpenFiles;
  readonly #scratch: Buffer;
  readonly #view: DataView;
  /** Where, among the stored values of its record, what was read last starts. */
  #start = 0;
  #blocks = SHORT_BLOCKS;
  /** Where in its file the last read met with damage; -1 for nowhere. */
  #bad = -1;

  /** @param scratch memory to read into, from its start to {@link SCRATCH_BYTES}. */
  constructor(files: Files, open: OpenFiles, scratch: Buffer) {
    this.#files = files;
    this.#open = open;
    this.#scratch = scratch;
    this.#view = new DataView(scratch.buffer, scratch.byteOffset, scratch.length);
  }

  /**
   * Reads bytes `from` to `to` of a record's values, {@link SPAN} at most, for {@link copy}.
   *
   * @returns whether the blocks that they lie in are good. @throws {StorageError}
   */
  tryRead({ path, at, bytes, blocks }: ValuesPlace, from: number, to: number): boolean {
    if (from === to) return true;
    const start = blocks.start(from);
    const wanted = blocks.end(to, bytes) - start;
    const fd = this.#open.descriptor(path);
    const got = readWhole(this.#files, fd, this.#scratch, 0, wanted, at + start, path);
    const bad = got < wanted ? got : blocks.firstBad(this.#scratch, wanted);
    this.#start = start;
    this.#blocks = blocks;
    this.#bad = bad < 0 ? -1 : at + start + bad;
    return bad < 0;
  }

  /** As {@link tryRead}. @throws {CorruptError} when the blocks are damaged. */
  read(values: ValuesPlace, from: number, to: number): void {
    if (this.tryRead(values, from, to)) return;
    const { path } = values;
    const offset = this.#bad;
    throw new CorruptError(
      `${path} is damaged at byte ${offset}; repair() keeps all that can be read`,
      { path, offset },
    );
  }

  /** Copies values that were read to `target`, at `at`. @returns where they end there. */
  copy(target: Uint8Array, at: number, offset: number, length: number): number {
    const scratch = this.#scratch;
    const blocks = this.#blocks;
    let to = at;
    for (let from = offset, left = length; left > 0; ) {
      const run = Math.min(left, blocks.data - (from % blocks.data));
      const stored = blocks.storedOffset(from) - this.#start;
      // Within one memory no view is needed, which makes small copies four times as fast.
      if (target === scratch) this.#copyWithin(to, stored, run);
      else target.set(scratch.subarray(stored, stored + run), to);
      to += run;
      from += run;
      left -= run;
    }
    return to;
  }

  #copyWithin(to: number, from: number, length: number): void {
    if (length > FEW_BYTES) {
      this.#scratch.copyWithin(to, from, from + length);
      return;
    }
    let done = 0;
    for (; done + 4 <= length; done += 4) {
      this.#view.setInt32(to + done, this.#view.getInt32(from + done, true), true);
    }
    for (; done < length; done++) this.#scratch[to + done] = this.#scratch[from + done] as number;
  }
}
