import { CorruptError } from '@spillway/core';
import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import { ownId } from './container-id.js';

/** Version of the format. */
export const VERSION = 1;
/** The key of the header among the pages. */
export const HEADER = 0;
/** The map itself. */
export const ROOT: number = ownId(0);

const MAGIC = 'OOCMAP\0\0';

/** What is known of the whole map. */
export interface Header {
  /** Counts the transactions that changed something. */
  clock: number;
  /** The number that the next block or page gets. */
  nextId: number;
  /** The number of the file that took this one's place, or 0. */
  movedTo: number;
  /** How many shapes there are. */
  shapes: number;
  /** Bytes that would be stored once more if equal values weren't stored once. */
  savedBytes: number;
}

/** The header of an empty map. */
export const emptyHeader = (): Header => ({
  clock: 0,
  nextId: 1,
  movedTo: 0,
  shapes: 0,
  savedBytes: 0,
});

export function writeHeader(out: ByteWriter, header: Header): void {
  out.latin1(MAGIC);
  out.u32(VERSION);
  out.u48(header.clock);
  out.u48(header.nextId);
  out.u48(header.movedTo);
  out.u32(header.shapes);
  out.u48(header.savedBytes);
}

/** @throws {CorruptError} when it is none, or of a later version. */
export function readHeader(from: ByteReader, path: string): Header {
  if (from.latin1(MAGIC.length) !== MAGIC)
    throw new CorruptError(`${path} is an LMDB file, but no OOCMap`, { path });
  const version = from.u32();
  if (version !== VERSION)
    throw new CorruptError(`${path} is of version ${version}, this OOCMap reads ${VERSION}`, {
      path,
    });
  return {
    clock: from.u48(),
    nextId: from.u48(),
    movedTo: from.u48(),
    shapes: from.u32(),
    savedBytes: from.u48(),
  };
}
