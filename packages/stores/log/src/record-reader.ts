import { crc32 } from '@node-rs/crc32';
import { CorruptError } from '@spillway/core';
import { storageError } from '@spillway/core/node';
import { blocksOf } from './blocks.js';
import type { Files } from './files.js';
import {
  blankRecordHeader,
  ENTRY_BYTES,
  HINT_HEADER_BYTES,
  RECORD_HEADER_BYTES,
  type RecordHeader,
  readRecordHeader,
  SEGMENT_HEADER_BYTES,
} from './format.js';
import type { OpenFiles } from './open-files.js';

/** What is read at once. Values beyond it are skipped. */
const WINDOW = 1 << 15;

/** The part of a segment to read. */
export interface RecordSource {
  readonly path: string;
  /** Where the first record to read starts, and its number. */
  readonly position: number;
  readonly sequence: number;
  /** Where the segment ends. */
  readonly end: number;
  /** The checksum of the segment's header. */
  readonly seed: number;
  /** The segment's hint, to be read in its stead from the first record on. */
  readonly hint?: { readonly path: string; readonly end: number } | undefined;
}

/**
 * Reads headers and tables of records, one after the other, each checked. Where a hint turns out to be
 * damaged, the segment itself is read from there on.
 */
export class RecordReader {
  readonly header: RecordHeader = blankRecordHeader();
  /** The table of the record read last starts at {@link tableAt} of this. */
  memory = Buffer.allocUnsafe(0);
  view = new DataView(new ArrayBuffer(0));
  tableAt = 0;
  /** Where in the segment the record read last starts. */
  start = 0;
  readonly #files: Files;
  readonly #open: OpenFiles;
  readonly #source: RecordSource;
  #inHint: boolean;
  /** Where in the file being read the next record starts. */
  #at: number;
  #position: number;
  #sequence: number;
  #windowAt = 0;
  #windowBytes = 0;

  constructor(files: Files, open: OpenFiles, source: RecordSource) {
    this.#files = files;
    this.#open = open;
    this.#source = source;
    this.#inHint = source.hint !== undefined;
    this.#at = this.#inHint ? HINT_HEADER_BYTES + SEGMENT_HEADER_BYTES : source.position;
    this.#position = source.position;
    this.#sequence = source.sequence;
  }

  /** Where in the segment the record after the last one read starts. */
  get position(): number {
    return this.#position;
  }

  /** The number of the record after the last one read. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Where the values of the record read last start in the segment. */
  get valuesAt(): number {
    return this.start + RECORD_HEADER_BYTES + this.header.tableBytes;
  }

  /** Where the entries of the record read last start in `memory`; before them the table defines keys. */
  get entriesAt(): number {
    return this.tableAt + this.header.tableBytes - this.header.entries * ENTRY_BYTES;
  }

  /**
   * Reads the next record.
   *
   * @returns `false` when there is none, or only the beginning of one: its writer died or is still at it.
   * @throws {CorruptError} when something else is there.
   */
  next(): boolean {
    const damage = this.#inHint ? this.#read() : undefined;
    if (damage === true) return true;
    if (this.#inHint) this.#leaveHint();
    const found = this.#read();
    if (typeof found !== 'string') return found;
    const { path } = this.#source;
    throw new CorruptError(
      `${path} has ${found} at byte ${this.#position}; repair() keeps all that can be read`,
      { path, offset: this.#position },
    );
  }

  /** The keys that the record read last defines, in the order of their numbers. */
  *definitions(): Generator<string, void, void> {
    const end = this.entriesAt;
    for (let at = this.tableAt; at < end; ) {
      const bytes = this.memory.readUInt16LE(at);
      yield this.memory.toString('utf8', at + 2, at + 2 + bytes);
      at += 2 + bytes;
    }
  }

  /** Whether there was a record; or what is there instead. */
  #read(): boolean | string {
    const end = this.#inHint ? (this.#source.hint?.end ?? 0) : this.#source.end;
    if (end - this.#at < RECORD_HEADER_BYTES) return false;
    let at = this.#window(RECORD_HEADER_BYTES, end);
    if (!readRecordHeader(this.memory, at, this.header, this.#source.seed)) {
      return 'a damaged record header';
    }
    const { tableBytes, tableChecksum, valueBytes, sequence, entries } = this.header;
    if (sequence !== this.#sequence) return `record ${sequence} instead of ${this.#sequence}`;
    const headBytes = RECORD_HEADER_BYTES + tableBytes;
    const stored = blocksOf(entries, valueBytes).storedBytes(valueBytes);
    const bytes = headBytes + (this.#inHint ? 0 : stored);
    if (this.#at + bytes > end) return false;
    at = this.#window(headBytes, end);
    this.tableAt = at + RECORD_HEADER_BYTES;
    const table = this.memory.subarray(this.tableAt, at + headBytes);
    if (crc32(table) !== tableChecksum || entries * ENTRY_BYTES > tableBytes) {
      return 'a damaged record table';
    }
    this.start = this.#position;
    this.#at += bytes;
    this.#position += headBytes + stored;
    this.#sequence++;
    return true;
  }

  #leaveHint(): void {
    this.#inHint = false;
    this.#at = this.#position;
    this.#windowBytes = 0;
  }

  /** Makes sure that so many bytes from the next record on are in memory. @returns where they start there. */
  #window(bytes: number, end: number): number {
    const at = this.#at - this.#windowAt;
    if (at >= 0 && at + bytes <= this.#windowBytes) return at;
    const wanted = Math.min(Math.max(bytes, WINDOW), end - this.#at);
    if (this.memory.length < wanted) {
      this.memory = Buffer.allocUnsafeSlow(wanted);
      this.view = new DataView(this.memory.buffer);
    }
    const path = this.#inHint ? (this.#source.hint?.path as string) : this.#source.path;
    const fd = this.#open.descriptor(path);
    this.#windowAt = this.#at;
    this.#windowBytes = readWhole(this.#files, fd, this.memory, 0, wanted, this.#at, path);
    // What a file no longer holds fails its checksum.
    this.memory.fill(0, this.#windowBytes, wanted);
    return 0;
  }
}

/** Reads `length` bytes, or up to the end of the file. @returns how many. @throws {StorageError} */
export function readWhole(
  files: Files,
  fd: number,
  target: Uint8Array,
  at: number,
  length: number,
  position: number,
  path: string,
): number {
  let got = 0;
  while (got < length) {
    let more: number;
    try {
      more = files.read(fd, target, at + got, length - got, position + got);
    } catch (error) {
      throw storageError(error, 'read', path);
    }
    if (more === 0) break;
    got += more;
  }
  return got;
}
