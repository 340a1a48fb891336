import { storageError } from '@spillway/core/node';
import { BlockWriter } from './blocks.js';
import type { Files } from './files.js';
import { encodeSegmentHeader, SEGMENT_HEADER_BYTES, type SegmentHeader } from './format.js';
import { KeyNumbers } from './key-numbers.js';
import { type Change, PlannedRecord } from './record.js';

/** Records up to this many bytes are written at once, in one synchronous call; larger ones in parts. */
export const STAGE_BYTES = 1 << 20;

/** The parts in which a large record is written: while one is, the next is laid out. */
const PART_BYTES = 1 << 18;

/** Memory in which records are laid out, used again and again by all segments of a log. */
export class Stage {
  readonly memory = Buffer.allocUnsafeSlow(STAGE_BYTES);
}

/**
 * The one who writes a segment. Records go to a position that it keeps, so nobody needs a lock. A write that
 * fails is taken back: the segment is cut to where the last whole record ends.
 */
export class SegmentWriter {
  readonly path: string;
  readonly header: SegmentHeader;
  readonly #files: Files;
  readonly #stage: Stage;
  readonly #fd: number;
  readonly #seed: number;
  readonly #keys = new KeyNumbers();
  #length = SEGMENT_HEADER_BYTES;
  #sequence = 0;
  #durable = 0;
  #broken = false;

  /** Makes the segment. @throws {StorageError} */
  constructor(path: string, header: SegmentHeader, files: Files, stage: Stage) {
    this.path = path;
    this.header = header;
    this.#files = files;
    this.#stage = stage;
    const bytes = encodeSegmentHeader(header);
    this.#seed = bytes.readUInt32LE(12);
    try {
      this.#fd = files.open(path, 'wx+');
    } catch (error) {
      throw storageError(error, 'make', path);
    }
    try {
      writeWhole(files, this.#fd, bytes, 0);
    } catch (error) {
      files.close(this.#fd);
      files.remove(path);
      throw storageError(error, 'write', path, { wanted: bytes.length });
    }
  }

  /** Bytes of the whole records, header included. */
  get length(): number {
    return this.#length;
  }

  /** So many bytes are on the disk for sure. */
  get durable(): number {
    return this.#durable;
  }

  /** Whether a write failed and could not be taken back, so that nothing may follow. */
  get broken(): boolean {
    return this.#broken;
  }

  /**
   * Writes the first of `changes`, and those after it that fit into the same write.
   *
   * @returns how many were written, all of them or none; 0 when the first one is too large for one write.
   * @throws {StorageError} when nothing was written.
   */
  append(changes: readonly Change[], epoch: number): number {
    const { memory } = this.#stage;
    let used = 0;
    let count = 0;
    for (; count < changes.length; count++) {
      const fresh = this.#keys.fresh;
      const plan = this.#planNext(changes[count] as Change, count === 0);
      if (plan === undefined || used + plan.bytes > STAGE_BYTES) {
        this.#keys.takeBack(fresh);
        break;
      }
      const head = plan.writeHead(memory, used, this.#placing(epoch, count));
      used = new BlockWriter(plan.change.values, plan.valueBytes).fill(memory, head, STAGE_BYTES);
    }
    if (count > 0) this.#write(memory.subarray(0, used));
    this.#sequence += count;
    return count;
  }

  /** Writes a change that is too large for one write. @throws {StorageError} when nothing was written. */
  async appendLarge(change: Change, epoch: number): Promise<void> {
    const plan = this.#plan(change);
    const head = Buffer.allocUnsafeSlow(plan.headBytes);
    plan.writeHead(head, 0, this.#placing(epoch, 0));
    const values = new BlockWriter(change.values, plan.valueBytes);
    const { memory } = this.#stage;
    let position = this.#length;
    try {
      let writing = writeWholeLater(this.#files, this.#fd, head, position);
      position += head.length;
      for (let part = 0; !values.done; part++) {
        const at = (part % 2) * PART_BYTES;
        const end = values.fill(memory, at, at + PART_BYTES);
        await writing;
        writing = writeWholeLater(this.#files, this.#fd, memory.subarray(at, end), position);
        position += end - at;
      }
      await writing;
    } catch (error) {
      throw this.#takeBack(error, plan.bytes);
    }
    this.#keys.settle();
    this.#length = position;
    this.#sequence++;
  }

  /** Waits until all that was written so far is on the disk. @throws {StorageError} */
  async sync(): Promise<void> {
    const length = this.#length;
    try {
      await this.#files.sync(this.#fd);
    } catch (error) {
      // The system may have thrown away what it could not write: a second try would succeed and lie.
      this.#broken = true;
      throw storageError(error, 'write to the disk', this.path);
    }
    this.#durable = Math.max(this.#durable, length);
  }

  close(): void {
    this.#files.close(this.#fd);
  }

  #plan(change: Change): PlannedRecord {
    const fresh = this.#keys.fresh;
    const numbers = this.#keys.of(change.keys);
    try {
      return new PlannedRecord(change, numbers, this.#keys.freshAfter(fresh));
    } catch (error) {
      this.#keys.takeBack(fresh);
      throw error;
    }
  }

  /** One that can't be planned is reported when it comes first, not with the others' write. */
  #planNext(change: Change, first: boolean): PlannedRecord | undefined {
    try {
      return this.#plan(change);
    } catch (error) {
      if (first) throw error;
      return undefined;
    }
  }

  #placing(epoch: number, after: number) {
    return {
      sequence: this.#sequence + after,
      epoch,
      durable: this.#durable,
      seed: this.#seed,
    };
  }

  #write(bytes: Buffer): void {
    try {
      writeWhole(this.#files, this.#fd, bytes, this.#length);
    } catch (error) {
      throw this.#takeBack(error, bytes.length);
    }
    this.#keys.settle();
    this.#length += bytes.length;
  }

  #takeBack(cause: unknown, wanted: number): unknown {
    this.#keys.takeBack(0);
    try {
      this.#files.truncate(this.#fd, this.#length);
    } catch {
      this.#broken = true;
    }
    return storageError(cause, 'write', this.path, { wanted });
  }
}

/** Writes all of `bytes`; the system may take a part at a time. */
export function writeWhole(files: Files, fd: number, bytes: Uint8Array, position: number): void {
  let written = 0;
  while (written < bytes.length) {
    written += files.write(fd, written === 0 ? bytes : bytes.subarray(written), position + written);
  }
}

async function writeWholeLater(
  files: Files,
  fd: number,
  bytes: Uint8Array,
  position: number,
): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    written += await files.writeLater(fd, bytes.subarray(written), position + written);
  }
}
