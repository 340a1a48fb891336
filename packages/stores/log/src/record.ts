import { crc32 } from '@node-rs/crc32';
import { TooLargeError } from '@spillway/core';
import { storedBytes } from './blocks.js';
import { ENTRY_BYTES, RECORD_HEADER_BYTES, writeRecordHeader } from './format.js';

/** One change of a log, which becomes one record. */
export interface Change {
  readonly kind: number;
  readonly keys: readonly string[];
  /** One value a key; none when the keys are deleted. */
  readonly values: readonly Uint8Array[];
  /** Flags of every entry. */
  readonly flags: number;
}

/** Where a record goes and what its header says besides its own contents. */
export interface Placing {
  readonly sequence: number;
  readonly epoch: number;
  readonly durable: number;
  readonly seed: number;
}

/** Records keep their lengths in 32 bits. */
const MOST_BYTES = 0xffff_ffff;

/** A change, measured: what it takes in a segment that numbers its keys so. */
export class PlannedRecord {
  readonly change: Change;
  readonly valueBytes: number;
  readonly #numbers: Uint32Array;
  readonly #defined: readonly string[];
  readonly #tableBytes: number;

  /**
   * @param numbers the numbers of the keys.
   * @param defined the keys that the record must define, in the order of their numbers.
   * @throws {TooLargeError} when the change takes 4 GiB or more.
   */
  constructor(change: Change, numbers: Uint32Array, defined: readonly string[]) {
    let valueBytes = 0;
    for (const value of change.values) valueBytes += value.length;
    let tableBytes = change.keys.length * ENTRY_BYTES;
    for (const key of defined) tableBytes += 2 + Buffer.byteLength(key);
    if (valueBytes + tableBytes > MOST_BYTES) {
      throw new TooLargeError(
        `one call can write up to ${MOST_BYTES} bytes, not ${valueBytes + tableBytes}; write them in parts`,
        { wanted: valueBytes + tableBytes, free: MOST_BYTES },
      );
    }
    this.change = change;
    this.valueBytes = valueBytes;
    this.#numbers = numbers;
    this.#defined = defined;
    this.#tableBytes = tableBytes;
  }

  /** Bytes of header and table. */
  get headBytes(): number {
    return RECORD_HEADER_BYTES + this.#tableBytes;
  }

  /** Bytes of the whole record. */
  get bytes(): number {
    return this.headBytes + storedBytes(this.valueBytes);
  }

  /** Writes header and table. @returns where they end. */
  writeHead(target: Buffer, at: number, { sequence, epoch, durable, seed }: Placing): number {
    const tableAt = at + RECORD_HEADER_BYTES;
    const end = this.#writeEntries(target, this.#writeDefinitions(target, tableAt));
    const [seconds, nanoseconds] = process.hrtime();
    const header = {
      kind: this.change.kind,
      sequence,
      epoch,
      seconds,
      nanoseconds,
      entries: this.change.keys.length,
      tableBytes: this.#tableBytes,
      tableChecksum: crc32(target.subarray(tableAt, end)),
      valueBytes: this.valueBytes,
      durable,
    };
    writeRecordHeader(target, at, header, seed);
    return end;
  }

  #writeDefinitions(target: Buffer, from: number): number {
    let at = from;
    for (const key of this.#defined) {
      const bytes = target.write(key, at + 2);
      target.writeUInt16LE(bytes, at);
      at += 2 + bytes;
    }
    return at;
  }

  #writeEntries(target: Buffer, from: number): number {
    const { keys, values, flags } = this.change;
    const view = new DataView(target.buffer, target.byteOffset, target.length);
    let at = from;
    for (let i = 0; i < keys.length; i++) {
      view.setUint32(at, ((this.#numbers[i] as number) | flags) >>> 0, true);
      view.setUint32(at + 4, values[i]?.length ?? 0, true);
      at += ENTRY_BYTES;
    }
    return at;
  }
}
