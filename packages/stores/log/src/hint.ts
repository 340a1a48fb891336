import { storageError, systemCode } from '@spillway/core/node';
import { type Files, removeIfThere, writeAll } from './files.js';
import {
  encodeHintHeader,
  HINT_HEADER_BYTES,
  RECORD_HEADER_BYTES,
  SEGMENT_HEADER_BYTES,
} from './format.js';
import type { OpenFiles } from './open-files.js';
import { RecordReader, readWhole } from './record-reader.js';
import { hintPath, readSegmentHeader } from './segment-files.js';

/** Bytes gathered before they are written. */
const CHUNK = 1 << 18;

/**
 * Writes the hint of a segment that will not grow any more: its records without their values, so that it can
 * be opened without reading it whole. It only saves time, so on a full disk there is none.
 *
 * @param target where to write it. @param durable so many bytes of the segment are on the disk for sure.
 * @throws {CorruptError} when the segment is damaged. @throws {StorageError}
 */
export function* writeHint(
  files: Files,
  open: OpenFiles,
  path: string,
  durable: number,
  target = hintPath(path),
): Generator<void, void, void> {
  const header = readSegmentHeader(files, open, path);
  if (header === undefined) return;
  const end = files.size(open.descriptor(path));
  const source = { path, position: SEGMENT_HEADER_BYTES, sequence: 0, end, seed: header.seed };
  const reader = new RecordReader(files, open, source);
  const unfinished = `${target}.tmp`;
  const output = new ChunkWriter(files, unfinished);
  try {
    const start = Buffer.alloc(HINT_HEADER_BYTES + SEGMENT_HEADER_BYTES);
    readWhole(
      files,
      open.descriptor(path),
      start,
      HINT_HEADER_BYTES,
      SEGMENT_HEADER_BYTES,
      0,
      path,
    );
    output.add(start);
    let highest = header.epoch;
    while (reader.next()) {
      const { memory, tableAt } = reader;
      output.add(
        memory.subarray(tableAt - RECORD_HEADER_BYTES, tableAt + reader.header.tableBytes),
      );
      highest = Math.max(highest, reader.header.epoch);
      yield;
    }
    if (reader.position !== end) return;
    const records = reader.sequence;
    output.finish(encodeHintHeader({ length: end, durable, records, highest }), target);
  } catch (error) {
    if (systemCode(error) !== 'ENOSPC') throw storageError(error, 'write', target);
  } finally {
    output.discard();
  }
}

/** Writes a file under a name of its own, until it is whole. */
class ChunkWriter {
  readonly #files: Files;
  readonly #path: string;
  #fd: number | undefined;
  #position = 0;
  readonly #chunk = Buffer.allocUnsafe(CHUNK);
  #used = 0;

  constructor(files: Files, path: string) {
    this.#files = files;
    this.#path = path;
    removeIfThere(files, path);
    this.#fd = files.open(path, 'wx+');
  }

  add(bytes: Buffer): void {
    if (this.#used + bytes.length > CHUNK) this.#write(this.#chunk.subarray(0, this.#used));
    if (bytes.length > CHUNK) {
      this.#write(bytes);
      return;
    }
    this.#chunk.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  /** Writes the start again, and gives the file its name. */
  finish(start: Buffer, path: string): void {
    this.#write(this.#chunk.subarray(0, this.#used));
    writeAll(this.#files, this.#fd as number, start, 0);
    this.#close();
    this.#files.rename(this.#path, path);
  }

  /** Removes the file unless it is finished. */
  discard(): void {
    if (this.#fd === undefined) return;
    this.#close();
    removeIfThere(this.#files, this.#path);
  }

  #write(bytes: Buffer): void {
    writeAll(this.#files, this.#fd as number, bytes, this.#position);
    this.#position += bytes.length;
    this.#used = 0;
  }

  #close(): void {
    this.#files.close(this.#fd as number);
    this.#fd = undefined;
  }
}
