import { crc32 } from '@node-rs/crc32';
import { CorruptError } from '@spillway/core';

/** The version of everything here. README.md draws it. All numbers are little-endian. */
export const VERSION = 1;

export const SEGMENT_HEADER_BYTES = 64;
export const HINT_HEADER_BYTES = 40;
export const RECORD_HEADER_BYTES = 52;
/** Bytes of one entry in a record's table: the key's number and flags, the value's length. */
export const ENTRY_BYTES = 8;

const SEGMENT_MAGIC = 'SPILLLOG';
const HINT_MAGIC = 'SPILHINT';
const RECORD_MAGIC = 0x6552_7053; // "SpRe"

/** In an entry: what the key held before is forgotten. */
export const FORGET = 0x8000_0000;
/** In an entry, beside {@link FORGET}: the key is absent from here on. */
export const ABSENT = 0x4000_0000;
/** The bits of an entry that are the key's number in its segment. */
export const KEY_BITS = 0x3fff_ffff;

/** What a record holds. */
export const Kind = {
  /** A batch: values appended, keys replaced or deleted. */
  Batch: 1,
  /** Everything before is forgotten. No entries. */
  Drop: 2,
  /** The names of segments that this one replaces, as keys. The first record of a compacted segment. */
  Replaces: 3,
} as const;

/** What stands at the start of a segment. */
export interface SegmentHeader {
  /** 16 random hexadecimal digits: one writer. */
  readonly writer: string;
  /** Counts the writer's segments. */
  readonly number: number;
  /** The epoch in which the segment was begun. */
  readonly epoch: number;
  /** Length of the writer's segment before this one when this one was begun; 0 for its first. */
  readonly previous: number;
  /** The run of the system, as 32 hexadecimal digits; zeros where nobody says. */
  readonly boot: string;
}

/** A segment's header as read: with the seed of the checksums of its records. */
export type ReadSegmentHeader = SegmentHeader & { readonly seed: number };

/** What stands at the start of a hint, before a copy of the segment's header. */
export interface HintHeader {
  /** Length of the whole segment. */
  readonly length: number;
  /** So many bytes of the segment are on the disk for sure. */
  readonly durable: number;
  readonly records: number;
  /** The highest epoch among the records. */
  readonly highest: number;
}

/** A record's header. One object is filled in again for each record. */
export interface RecordHeader {
  kind: number;
  /** Counts the segment's records from 0. */
  sequence: number;
  epoch: number;
  /** When it was written, by the system's monotonic clock. */
  seconds: number;
  nanoseconds: number;
  /** Keys that the segment's records before this one define. */
  keysBefore: number;
  entries: number;
  tableBytes: number;
  tableChecksum: number;
  /** Bytes of all values; in the file they take `storedBytes` of that. */
  valueBytes: number;
  /** So many bytes of the segment were on the disk for sure when this was written. */
  durable: number;
}

/** The bytes of a segment's header. */
export function encodeSegmentHeader(header: SegmentHeader): Buffer {
  const bytes = Buffer.alloc(SEGMENT_HEADER_BYTES);
  bytes.write(header.writer, 16, 'hex');
  bytes.writeUInt32LE(header.number, 24);
  bytes.writeUInt32LE(header.epoch, 28);
  bytes.writeBigUInt64LE(BigInt(header.previous), 32);
  bytes.write(header.boot, 40, 'hex');
  return sign(bytes, SEGMENT_MAGIC);
}

/** @throws {CorruptError} when this is no header of a segment, or one of a later version. */
export function decodeSegmentHeader(bytes: Buffer, path: string): ReadSegmentHeader {
  checkSignature(bytes, SEGMENT_MAGIC, path);
  return {
    writer: bytes.toString('hex', 16, 24),
    number: bytes.readUInt32LE(24),
    epoch: bytes.readUInt32LE(28),
    previous: Number(bytes.readBigUInt64LE(32)),
    boot: bytes.toString('hex', 40, 56),
    seed: bytes.readUInt32LE(12),
  };
}

/** The bytes of a hint's header. */
export function encodeHintHeader(header: HintHeader): Buffer {
  const bytes = Buffer.alloc(HINT_HEADER_BYTES);
  bytes.writeBigUInt64LE(BigInt(header.length), 16);
  bytes.writeBigUInt64LE(BigInt(header.durable), 24);
  bytes.writeUInt32LE(header.records, 32);
  bytes.writeUInt32LE(header.highest, 36);
  return sign(bytes, HINT_MAGIC);
}

/** @throws {CorruptError} when this is no header of a hint, or one of a later version. */
export function decodeHintHeader(bytes: Buffer, path: string): HintHeader {
  checkSignature(bytes, HINT_MAGIC, path);
  return {
    length: Number(bytes.readBigUInt64LE(16)),
    durable: Number(bytes.readBigUInt64LE(24)),
    records: bytes.readUInt32LE(32),
    highest: bytes.readUInt32LE(36),
  };
}

/** Writes a record's header at `at`. @param seed the checksum of the segment's header. */
export function writeRecordHeader(
  target: Buffer,
  at: number,
  header: RecordHeader,
  seed: number,
): void {
  target.writeUInt32LE(RECORD_MAGIC, at);
  target.writeUInt32LE(header.kind, at + 8);
  target.writeUInt32LE(header.sequence, at + 12);
  target.writeUInt32LE(header.epoch, at + 16);
  target.writeUInt32LE(header.seconds, at + 20);
  target.writeUInt32LE(header.nanoseconds, at + 24);
  target.writeUInt32LE(header.entries, at + 28);
  target.writeUInt32LE(header.tableBytes, at + 32);
  target.writeUInt32LE(header.tableChecksum, at + 36);
  target.writeUInt32LE(header.valueBytes, at + 40);
  target.writeUInt32LE(header.durable, at + 44);
  target.writeUInt32LE(header.keysBefore, at + 48);
  target.writeUInt32LE(recordChecksum(target, at, seed), at + 4);
}

/**
 * Reads the record's header at `at` into `header`.
 *
 * @returns whether it is one: the only way to get at its lengths.
 */
export function readRecordHeader(
  source: Buffer,
  at: number,
  header: RecordHeader,
  seed: number,
): boolean {
  if (source.readUInt32LE(at) !== RECORD_MAGIC) return false;
  if (source.readUInt32LE(at + 4) !== recordChecksum(source, at, seed)) return false;
  header.kind = source.readUInt32LE(at + 8);
  header.sequence = source.readUInt32LE(at + 12);
  header.epoch = source.readUInt32LE(at + 16);
  header.seconds = source.readUInt32LE(at + 20);
  header.nanoseconds = source.readUInt32LE(at + 24);
  header.entries = source.readUInt32LE(at + 28);
  header.tableBytes = source.readUInt32LE(at + 32);
  header.tableChecksum = source.readUInt32LE(at + 36);
  header.valueBytes = source.readUInt32LE(at + 40);
  header.durable = source.readUInt32LE(at + 44);
  header.keysBefore = source.readUInt32LE(at + 48);
  return true;
}

/** A record header to read into. */
export function blankRecordHeader(): RecordHeader {
  return {
    kind: 0,
    sequence: 0,
    epoch: 0,
    seconds: 0,
    nanoseconds: 0,
    keysBefore: 0,
    entries: 0,
    tableBytes: 0,
    tableChecksum: 0,
    valueBytes: 0,
    durable: 0,
  };
}

/** Whether record `a` comes before `b` in the one order of all records: by epoch, then by time. */
export function isBefore(a: RecordHeader, b: RecordHeader): boolean {
  if (a.epoch !== b.epoch) return a.epoch < b.epoch;
  if (a.seconds !== b.seconds) return a.seconds < b.seconds;
  return a.nanoseconds < b.nanoseconds;
}

function recordChecksum(bytes: Buffer, at: number, seed: number): number {
  return crc32(bytes.subarray(at + 8, at + RECORD_HEADER_BYTES), seed);
}

function sign(bytes: Buffer, magic: string): Buffer {
  bytes.write(magic, 0, 'latin1');
  bytes.writeUInt32LE(VERSION, 8);
  bytes.writeUInt32LE(headerChecksum(bytes), 12);
  return bytes;
}

function checkSignature(bytes: Buffer, magic: string, path: string): void {
  const fail = (what: string) => {
    throw new CorruptError(`${path} ${what}, at byte 0`, { path, offset: 0 });
  };
  if (bytes.toString('latin1', 0, 8) !== magic) fail('has no header of a log');
  if (bytes.readUInt32LE(12) !== headerChecksum(bytes)) fail('has a damaged header');
  const version = bytes.readUInt32LE(8);
  if (version !== VERSION) fail(`is of version ${version}, and this is version ${VERSION}`);
}

/** The checksum of a segment's or hint's header: of everything but its own four bytes. */
export function headerChecksum(bytes: Buffer): number {
  return crc32(bytes.subarray(16), crc32(bytes.subarray(0, 12)));
}
