import { join } from 'node:path';
import { crc32 } from '@node-rs/crc32';
import { storageError } from '@spillway/core/node';
import { type Files, removeIfThere, writeAll } from './files.js';
import { VERSION } from './format.js';
import { readWhole } from './record-reader.js';

const NAME = 'roster';
const MAGIC = 'SPILROST';
const HEADER_BYTES = 32;
const ENTRY_BYTES = 8;

/**
 * The file by which the writers of a log tell each other that a segment was begun or finished, or that an
 * epoch began: an entry of eight bytes each time, the epoch and its checksum. So a look at its length tells
 * that all is as before. It is good for one run of the system.
 */
export class Roster {
  readonly #path: string;
  readonly #files: Files;
  #fd: number | undefined;
  #read = 0;
  #epoch = 0;

  constructor(directory: string, files: Files) {
    this.#path = join(directory, NAME);
    this.#files = files;
  }

  /** The highest epoch announced, as of the last look. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Opens it again. @returns whether it is there and good. @throws {StorageError} */
  open(): boolean {
    this.close();
    try {
      this.#fd = this.#files.open(this.#path, 'a+');
    } catch (error) {
      throw storageError(error, 'open', this.#path);
    }
    return this.#readHeader() && this.look() !== undefined;
  }

  /** Whether it is open. */
  get isOpen(): boolean {
    return this.#fd !== undefined;
  }

  /** Reads what was announced since. @returns whether there was anything; `undefined` when it is damaged. */
  look(): boolean | undefined {
    const size = this.#files.size(this.#fd as number);
    if (size - this.#read < ENTRY_BYTES) return false;
    const bytes = Buffer.alloc(Math.floor((size - this.#read) / ENTRY_BYTES) * ENTRY_BYTES);
    const fd = this.#fd as number;
    const got = readWhole(this.#files, fd, bytes, 0, bytes.length, this.#read, this.#path);
    for (let at = 0; at + ENTRY_BYTES <= got; at += ENTRY_BYTES) {
      if (crc32(bytes.subarray(at, at + 4)) !== bytes.readUInt32LE(at + 4)) return undefined;
      this.#epoch = Math.max(this.#epoch, bytes.readUInt32LE(at));
    }
    this.#read += got;
    return true;
  }

  /** Tells all others to look. @throws {StorageError} */
  announce(epoch: number): void {
    try {
      this.#files.append(this.#fd as number, encodeEntry(epoch));
    } catch (error) {
      throw storageError(error, 'write', this.#path, { wanted: ENTRY_BYTES });
    }
  }

  /** Puts a new one in its place and opens it. Call it while nobody else uses the log. @throws {StorageError} */
  renew(epoch: number): void {
    const files = this.#files;
    const unfinished = `${this.#path}.tmp`;
    try {
      removeIfThere(files, unfinished);
      const fd = files.open(unfinished, 'wx+');
      try {
        writeAll(files, fd, Buffer.concat([encodeHeader(files.boot()), encodeEntry(epoch)]), 0);
      } finally {
        files.close(fd);
      }
      files.rename(unfinished, this.#path);
    } catch (error) {
      throw storageError(error, 'write', this.#path);
    }
    this.open();
  }

  close(): void {
    if (this.#fd !== undefined) this.#files.close(this.#fd);
    this.#fd = undefined;
    this.#read = 0;
    this.#epoch = 0;
  }

  #readHeader(): boolean {
    const bytes = Buffer.alloc(HEADER_BYTES);
    readWhole(this.#files, this.#fd as number, bytes, 0, HEADER_BYTES, 0, this.#path);
    this.#read = HEADER_BYTES;
    return bytes.equals(encodeHeader(this.#files.boot()));
  }
}

function encodeHeader(boot: string): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes.write(MAGIC, 0, 'latin1');
  bytes.writeUInt32LE(VERSION, 8);
  bytes.write(boot, 16, 'hex');
  return bytes;
}

function encodeEntry(epoch: number): Buffer {
  const bytes = Buffer.alloc(ENTRY_BYTES);
  bytes.writeUInt32LE(epoch, 0);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 4)), 4);
  return bytes;
}
