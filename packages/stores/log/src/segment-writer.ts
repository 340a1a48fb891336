import { storageError } from '@spillway/core/node';
import { BlockWriter, blocksOf, LONG_BLOCKS, valuesOf } from './blocks.js';
import { type Files, writeAllParts, writeAllPartsLater, writeWhole } from './files.js';
import {
  encodeSegmentHeader,
  FORGET,
  RECORD_HEADER_BYTES,
  SEGMENT_HEADER_BYTES,
  type SegmentHeader,
} from './format.js';
import { KeyNumbers } from './key-numbers.js';
import {
  type Change,
  type Placing,
  recordBytes,
  type Table,
  TableWriter,
  writeHead,
} from './record.js';

/** Records up to this many bytes are laid out whole, and written in one synchronous call; larger ones in parts. */
const STAGE_BYTES = 1 << 20;

/** The parts in which a large record is laid out. */
const PART_BYTES = 1 << 18;

/** Long blocks, of 64 KiB, that one write takes from where their values are. */
const BLOCKS_PER_WRITE = 32;

/** Memory in which records are laid out, used again and again by all segments of a log. */
export class Stage {
  #memory: Buffer | undefined;

  get memory(): Buffer {
    this.#memory ??= Buffer.allocUnsafeSlow(STAGE_BYTES);
    return this.#memory;
  }
}

/** Up to where records are laid out: their bytes, and the fresh keys that they define. */
interface LaidOut {
  readonly end: number;
  readonly fresh: number;
}

/**
 * The one who writes a segment. Records go to a position that it keeps, so nobody needs a lock. What a write
 * that fails leaves of a record is cut off again.
 */
export class SegmentWriter {
  readonly path: string;
  readonly #files: Files;
  readonly #memory: Buffer;
  readonly #fd: number;
  readonly #seed: number;
  readonly #keys = new KeyNumbers();
  readonly #tables = new TableWriter();
  /** Keys defined before the record planned last. */
  #keysBefore = 0;
  #length = SEGMENT_HEADER_BYTES;
  #sequence = 0;
  #durable = 0;
  #syncing: Promise<void> | undefined;
  #broken = false;

  /** Makes the segment. @throws {StorageError} */
  constructor(path: string, header: SegmentHeader, files: Files, stage: Stage) {
    this.path = path;
    this.#files = files;
    this.#memory = stage.memory;
    const bytes = encodeSegmentHeader(header);
    this.#seed = bytes.readUInt32LE(12);
    try {
      this.#fd = files.open(path, 'wx+');
    } catch (error) {
      throw storageError(error, 'make', path);
    }
    const { error } = writeWhole(files, this.#fd, bytes, 0);
    if (error === undefined) return;
    files.close(this.#fd);
    files.remove(path);
    throw storageError(error, 'write', path, { wanted: bytes.length });
  }

  /** Bytes of the header and all whole records. */
  get length(): number {
    return this.#length;
  }

  /** So many bytes are on the disk for sure. */
  get durable(): number {
    return this.#durable;
  }

  /** Whether nothing may follow: a write could not be taken back, or not be brought to the disk. */
  get broken(): boolean {
    return this.#broken;
  }

  /**
   * Writes the first of `changes`, and those after it that fit into the same write.
   *
   * @returns how many were written; 0 when the first one is for {@link appendLarge}.
   * @throws {StorageError} when none was written. @throws {TooLargeError}
   */
  append(changes: readonly Change[], epoch: number): number {
    const laidOut: LaidOut[] = [];
    for (const change of changes) {
      // Before anything is planned, which costs a look at every key.
      if (isSurelyLarge(change)) break;
      const last = laidOut.at(-1) ?? { end: 0, fresh: 0 };
      const next = this.#layOut(change, epoch, laidOut.length, last);
      if (next === undefined) break;
      laidOut.push(next);
    }
    return laidOut.length === 0 ? 0 : this.#write(laidOut);
  }

  /** Writes a change that {@link append} doesn't take. @throws {StorageError} when it was not written. */
  async appendLarge(change: Change, epoch: number): Promise<void> {
    const table = this.#plan(change);
    const head = Buffer.allocUnsafeSlow(RECORD_HEADER_BYTES + table.bytes.length);
    writeHead(head, 0, table, this.#placing(epoch, 0));
    const values = new BlockWriter(valuesOf(change.values), table.blocks, table.valueBytes);
    const bytes = recordBytes(table);
    try {
      await (isInPlace(table) ? this.#writeInPlace(head, values) : this.#writeStaged(head, values));
    } catch (error) {
      this.#cut(0);
      throw storageError(error, 'write', this.path, { wanted: bytes });
    }
    this.#keys.settle();
    this.#length += bytes;
    this.#sequence++;
  }

  /** Writes a record from where its values are; one that fits into a write is written at once. */
  async #writeInPlace(head: Buffer, values: BlockWriter): Promise<void> {
    let position = this.#length;
    let parts = [head, ...values.take(BLOCKS_PER_WRITE)];
    if (values.done) return writeAllParts(this.#files, this.#fd, parts, position);
    while (parts.length > 0) {
      await writeAllPartsLater(this.#files, this.#fd, parts, position);
      for (const { length } of parts) position += length;
      parts = values.take(BLOCKS_PER_WRITE);
    }
  }

  /** Writes a record in parts: while one is written, the next is laid out. */
  async #writeStaged(head: Buffer, values: BlockWriter): Promise<void> {
    let position = this.#length + head.length;
    let writing = writeAllPartsLater(this.#files, this.#fd, [head], this.#length);
    for (let part = 0; !values.done; part++) {
      const at = (part % 2) * PART_BYTES;
      const laidOut = this.#memory.subarray(at, values.fill(this.#memory, at, at + PART_BYTES));
      await writing;
      writing = writeAllPartsLater(this.#files, this.#fd, [laidOut], position);
      position += laidOut.length;
    }
    await writing;
  }

  /** Waits until all that was written so far is on the disk. @throws {StorageError} */
  async sync(): Promise<void> {
    const length = this.#length;
    // The descriptor may be closed as soon as one of several syncs has ended, so there is only ever one.
    while (this.#durable < length) {
      this.#syncing ??= this.#sync().finally(() => {
        this.#syncing = undefined;
      });
      await this.#syncing;
    }
  }

  close(): void {
    this.#files.close(this.#fd);
  }

  async #sync(): Promise<void> {
    const length = this.#length;
    try {
      await this.#files.sync(this.#fd);
    } catch (error) {
      // The system may have thrown away what it could not write: a second try would succeed and lie.
      this.#broken = true;
      throw storageError(error, 'write to the disk', this.path);
    }
    this.#durable = length;
  }

  /** Lays a change out after others; `undefined` when there is no room, or it must report an error alone. */
  #layOut(change: Change, epoch: number, count: number, last: LaidOut): LaidOut | undefined {
    let table: Table;
    try {
      table = this.#plan(change);
    } catch (error) {
      if (count === 0) throw error;
      return undefined;
    }
    if (last.end + recordBytes(table) > STAGE_BYTES) {
      this.#forgetKeys(last.fresh);
      return undefined;
    }
    const at = writeHead(this.#memory, last.end, table, this.#placing(epoch, count));
    const values = new BlockWriter(valuesOf(change.values), table.blocks, table.valueBytes);
    return { end: values.fill(this.#memory, at, STAGE_BYTES), fresh: this.#keys.fresh };
  }

  #plan(change: Change): Table {
    const { fresh } = this.#keys;
    this.#keysBefore = this.#keys.count;
    const { numbers, same } = this.#keys.of(change.keys, (change.flags & FORGET) === 0);
    try {
      return this.#tables.write(change, numbers, same, this.#keys.freshAfter(fresh));
    } catch (error) {
      this.#forgetKeys(fresh);
      throw error;
    }
  }

  #placing(epoch: number, after: number): Placing {
    return {
      sequence: this.#sequence + after,
      epoch,
      time: this.#files.clock(),
      keysBefore: this.#keysBefore,
      durable: this.#durable,
      seed: this.#seed,
    };
  }

  /** Writes records that are laid out. @returns how many were written whole, at least one. */
  #write(laidOut: readonly LaidOut[]): number {
    const bytes = this.#memory.subarray(0, laidOut.at(-1)?.end);
    const { written, error } = writeWhole(this.#files, this.#fd, bytes, this.#length);
    const whole = laidOut.filter(({ end }) => end <= written);
    const last = whole.at(-1) ?? { end: 0, fresh: 0 };
    this.#length += last.end;
    this.#sequence += whole.length;
    // Others may have read the whole records already, so they stay.
    if (error !== undefined) this.#cut(last.fresh);
    this.#keys.settle();
    if (whole.length > 0) return whole.length;
    throw storageError(error, 'write', this.path, { wanted: bytes.length });
  }

  /** Cuts off what follows the last whole record. */
  #cut(fresh: number): void {
    this.#forgetKeys(fresh);
    try {
      this.#files.truncate(this.#fd, this.#length);
    } catch {
      this.#broken = true;
    }
  }

  #forgetKeys(fresh: number): void {
    this.#keys.takeBack(fresh);
    this.#tables.clear();
  }
}

/** Whether a change is for `appendLarge`, as far as its values tell. */
function isSurelyLarge({ values }: Change): boolean {
  let bytes = 0;
  for (const { length } of values) bytes += length;
  return bytes > STAGE_BYTES || blocksOf(values.length, bytes) === LONG_BLOCKS;
}

/** Whether a record is written from where its values are. */
function isInPlace({ blocks }: Table): boolean {
  return blocks === LONG_BLOCKS;
}
