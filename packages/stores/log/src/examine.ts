import { crc32 } from '@node-rs/crc32';
import { CorruptError } from '@spillway/core';
import { type Blocks, blocksOf } from './blocks.js';
import type { Files } from './files.js';
import {
  blankRecordHeader,
  ENTRY_BYTES,
  headerChecksum,
  RECORD_HEADER_BYTES,
  type RecordHeader,
  readRecordHeader,
  SEGMENT_HEADER_BYTES,
} from './format.js';
import type { OpenFiles } from './open-files.js';
import { readWhole } from './record-reader.js';
import { readSegmentHeader } from './segment-files.js';

/** Bytes read at once. */
const WINDOW = 1 << 18;

/** A place in a segment that is not as it was written. */
export interface Damage {
  /** The file. */
  readonly path: string;
  /** Where in it the damage starts, in bytes. */
  readonly offset: number;
  /** How many bytes are concerned. */
  readonly bytes: number;
  /** What is damaged. */
  readonly what:
    | 'segment header'
    | 'record header'
    | 'record table'
    | 'values'
    | 'missing records'
    | 'missing end';
}

/** A record that was found, perhaps with damaged values. */
export interface FoundRecord {
  readonly header: Readonly<RecordHeader>;
  /** Its table; `undefined` when that is damaged. */
  readonly table: Buffer | undefined;
  /** Where its values start in the segment. */
  readonly valuesAt: number;
  /** Where the data of damaged blocks start among the values. */
  readonly badBlocks: readonly number[];
}

/**
 * Reads a whole segment, every byte, and past every damage. It stops at the end, or where a last record is
 * only there in part: its writer died, or is still at it.
 */
export class Examination {
  readonly damage: Damage[] = [];
  readonly #path: string;
  readonly #files: Files;
  readonly #open: OpenFiles;
  readonly #end: number;
  #window = Buffer.allocUnsafe(0);
  #windowAt = 0;
  #seed = 0;
  #at = SEGMENT_HEADER_BYTES;

  /** @param end where the segment ended when it was known to be at rest. */
  constructor(files: Files, open: OpenFiles, path: string, end: number) {
    this.#files = files;
    this.#open = open;
    this.#path = path;
    this.#end = end;
  }

  /** Where the last whole record found so far ends. */
  get position(): number {
    return this.#at;
  }

  /** The records, in order. Between them it may pause. @throws {StorageError} */
  *records(): Generator<FoundRecord | undefined, void, void> {
    if (this.#end < SEGMENT_HEADER_BYTES) return;
    this.#readHeader();
    const seed = this.#seed;
    const header = blankRecordHeader();
    for (let sequence = 0; this.#end - this.#at >= RECORD_HEADER_BYTES; ) {
      const bytes = this.#bytes(this.#at, RECORD_HEADER_BYTES);
      if (!readRecordHeader(bytes, 0, header, seed) || header.sequence < sequence) {
        const next = yield* this.#search(this.#at + 1, seed, sequence);
        this.#note(this.#at, next - this.#at, 'record header');
        this.#at = next;
        continue;
      }
      if (header.sequence > sequence && this.damage.at(-1)?.what !== 'record header') {
        this.#note(this.#at, 0, 'missing records');
      }
      const blocks = blocksOf(header.entries, header.valueBytes);
      const valuesAt = this.#at + RECORD_HEADER_BYTES + header.tableBytes;
      const end = valuesAt + blocks.storedBytes(header.valueBytes);
      if (end > this.#end) return;
      const table = this.#table(header);
      const badBlocks = yield* this.#badBlocks(blocks, valuesAt, header.valueBytes);
      sequence = header.sequence + 1;
      this.#at = end;
      yield { header, table, valuesAt, badBlocks };
    }
  }

  #readHeader(): void {
    try {
      this.#seed = readSegmentHeader(this.#files, this.#open, this.#path)?.seed ?? 0;
      return;
    } catch (error) {
      if (!(error instanceof CorruptError)) throw error;
    }
    this.#note(0, SEGMENT_HEADER_BYTES, 'segment header');
    // The records can be told by a checksum that stands in the header, or that the header should have.
    const bytes = this.#bytes(0, SEGMENT_HEADER_BYTES);
    const seeds = [bytes.readUInt32LE(12), headerChecksum(bytes)];
    if (this.#end < SEGMENT_HEADER_BYTES + RECORD_HEADER_BYTES) return;
    const first = this.#bytes(SEGMENT_HEADER_BYTES, RECORD_HEADER_BYTES);
    const header = blankRecordHeader();
    this.#seed = seeds.find((seed) => readRecordHeader(first, 0, header, seed)) ?? 0;
  }

  #table({ tableBytes, tableChecksum, entries }: RecordHeader): Buffer | undefined {
    const at = this.#at + RECORD_HEADER_BYTES;
    const table = Buffer.from(this.#bytes(at, tableBytes));
    if (crc32(table) === tableChecksum && entries * ENTRY_BYTES <= tableBytes) return table;
    this.#note(at, tableBytes, 'record table');
    return undefined;
  }

  *#badBlocks(
    blocks: Blocks,
    valuesAt: number,
    valueBytes: number,
  ): Generator<undefined, number[], void> {
    const bad: number[] = [];
    for (let offset = 0; offset < valueBytes; offset += blocks.data) {
      const start = blocks.start(offset);
      const bytes = blocks.end(offset + 1, valueBytes) - start;
      const block = this.#bytes(valuesAt + start, bytes);
      if (blocks.firstBad(block, bytes) >= 0) {
        bad.push(offset);
        this.#note(valuesAt + start, bytes, 'values');
      }
      yield;
    }
    return bad;
  }

  /** Where the next record starts that may follow; the end of the segment when there is none. */
  *#search(from: number, seed: number, sequence: number): Generator<undefined, number, void> {
    const header = blankRecordHeader();
    for (let at = from; at + RECORD_HEADER_BYTES <= this.#end; ) {
      const length = Math.min(WINDOW, this.#end - at);
      const bytes = this.#bytes(at, length);
      for (
        let found = bytes.indexOf('SpRe');
        found >= 0;
        found = bytes.indexOf('SpRe', found + 1)
      ) {
        if (found + RECORD_HEADER_BYTES > length) break;
        if (readRecordHeader(bytes, found, header, seed) && header.sequence >= sequence) {
          return at + found;
        }
      }
      at += Math.max(length - RECORD_HEADER_BYTES + 1, 1);
      yield;
    }
    return this.#end;
  }

  #note(offset: number, bytes: number, what: Damage['what']): void {
    this.damage.push({ path: this.#path, offset, bytes, what });
  }

  /** Bytes of the segment, good until the next call; zeros where it was cut since. */
  #bytes(at: number, length: number): Buffer {
    const from = at - this.#windowAt;
    if (from >= 0 && from + length <= this.#window.length) {
      return this.#window.subarray(from, from + length);
    }
    this.#windowAt = at;
    this.#window = Buffer.alloc(Math.min(Math.max(length, WINDOW), this.#end - at));
    const fd = this.#open.descriptor(this.#path);
    readWhole(this.#files, fd, this.#window, 0, this.#window.length, at, this.#path);
    return this.#window.subarray(0, length);
  }
}
