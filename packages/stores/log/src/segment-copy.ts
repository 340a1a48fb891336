import { randomBytes } from 'node:crypto';
import { storageError } from '@spillway/core/node';
import { BlockWriter, type ValueSource } from './blocks.js';
import { type Files, writeAll } from './files.js';
import { encodeSegmentHeader, Kind } from './format.js';
import { KeyNumbers } from './key-numbers.js';
import type { LogParts } from './parts.js';
import { type Outline, recordBytes, TableWriter, writeHead } from './record.js';
import { segmentName, segmentPath } from './segment-files.js';

/** Bytes laid out before they are written. */
const CHUNK = 1 << 18;

/** A record's place in the order of all. */
export interface Moment {
  readonly epoch: number;
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** Writes a segment that takes the place of others, from their records; nobody sees it until it is whole. */
export class SegmentCopy {
  readonly name: string;
  /** Where it is until then. */
  readonly path: string;
  readonly #files: Files;
  readonly #fd: number;
  readonly #seed: number;
  readonly #keys = new KeyNumbers();
  readonly #tables = new TableWriter();
  #memory = Buffer.allocUnsafeSlow(CHUNK);
  #position = 0;
  #sequence = 0;
  #open = true;

  /**
   * @param epoch the log's current one. @param replaced the names of the segments whose place it takes.
   * @throws {StorageError}
   */
  constructor({ files, directory }: LogParts, epoch: number, replaced: readonly string[]) {
    const writer = randomBytes(8).toString('hex');
    const header = { writer, number: 1, epoch, previous: 0, boot: files.boot() };
    this.name = segmentName(header.writer, header.number);
    this.path = `${segmentPath(directory, this.name)}.tmp`;
    this.#files = files;
    const bytes = encodeSegmentHeader(header);
    this.#seed = bytes.readUInt32LE(12);
    try {
      this.#fd = files.open(this.path, 'wx+');
    } catch (error) {
      throw storageError(error, 'make', this.path);
    }
    this.#put(bytes, bytes.length);
    const outline = { kind: Kind.Replaces, keys: replaced, values: [], flags: 0 };
    const moment = { epoch: 0, seconds: 0, nanoseconds: 0 };
    for (const _ of this.add(moment, outline, () => new Uint8Array(0)));
  }

  /** Records written, besides the one that names what is replaced. */
  get records(): number {
    return this.#sequence - 1;
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#position;
  }

  /** Adds a record; it may pause. @throws {StorageError} */
  *add(
    { epoch, seconds, nanoseconds }: Moment,
    outline: Outline,
    source: ValueSource,
  ): Generator<void, void, void> {
    const keysBefore = this.#keys.count;
    const { fresh } = this.#keys;
    const { numbers, same } = this.#keys.of(outline.keys, true);
    const table = this.#tables.write(outline, numbers, same, this.#keys.freshAfter(fresh));
    this.#keys.settle();
    const values = new BlockWriter(source, table.blocks, table.valueBytes);
    const headBytes = recordBytes({ ...table, valueBytes: 0 });
    if (this.#memory.length < headBytes) this.#memory = Buffer.allocUnsafeSlow(headBytes);
    const placing = {
      sequence: this.#sequence++,
      epoch,
      time: [seconds, nanoseconds] as const,
      keysBefore,
      durable: 0,
      seed: this.#seed,
    };
    let at = writeHead(this.#memory, 0, table, placing);
    do {
      this.#put(this.#memory, values.fill(this.#memory, at, this.#memory.length));
      at = 0;
      yield;
    } while (!values.done);
  }

  /** Ends the segment; it is on the disk then, unless that is not wanted. @throws {StorageError} */
  async finish(sync: boolean): Promise<void> {
    try {
      if (sync) await this.#files.sync(this.#fd);
    } catch (error) {
      throw storageError(error, 'write to the disk', this.path);
    } finally {
      this.close();
    }
  }

  close(): void {
    if (this.#open) this.#files.close(this.#fd);
    this.#open = false;
  }

  #put(bytes: Buffer, length: number): void {
    try {
      writeAll(this.#files, this.#fd, bytes.subarray(0, length), this.#position);
    } catch (error) {
      throw storageError(error, 'write', this.path, { wanted: length });
    }
    this.#position += length;
  }
}
