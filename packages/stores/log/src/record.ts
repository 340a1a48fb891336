import { crc32 } from '@node-rs/crc32';
import { TooLargeError } from '@spillway/core';
import { type Blocks, blocksOf } from './blocks.js';
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

/** A change as far as its record's table is concerned. */
export interface Outline extends Omit<Change, 'values'> {
  readonly values: readonly { readonly length: number }[];
}

/** Where a record goes and what its header says besides its own contents. */
export interface Placing {
  readonly sequence: number;
  readonly epoch: number;
  /** Seconds and nanoseconds of the system's monotonic clock. */
  readonly time: readonly [seconds: number, nanoseconds: number];
  readonly keysBefore: number;
  readonly durable: number;
  /** The checksum of the segment's header. */
  readonly seed: number;
}

/** A record's table, laid out, and what comes with it. */
export interface Table {
  readonly kind: number;
  readonly entries: number;
  readonly bytes: Buffer;
  readonly checksum: number;
  /** Bytes of all values, and how they lie. */
  readonly valueBytes: number;
  readonly blocks: Blocks;
}

/** Records keep their lengths in 32 bits. */
const MOST_BYTES = 0xffff_ffff;

/** In characters. */
const SHORT_KEY = 40;

/** Memory that is kept for the next table. */
const KEPT_BYTES = 1 << 20;

/** Lays out tables. A table is good until the next one. */
export class TableWriter {
  #memory = Buffer.allocUnsafe(0);
  /**
   * The last table, when it holds nothing but entries without flags: often the same keys come again, with
   * values of the same lengths.
   */
  #plain: Table | undefined;
  #lengths = new Uint32Array(0);

  /**
   * Lays out the table of a change.
   *
   * @param numbers the numbers of the keys. @param same whether the last change had the same keys.
   * @param defined the keys that the record must define, in the order of their numbers.
   * @throws {TooLargeError} when the change takes 4 GiB or more.
   */
  write(change: Outline, numbers: Uint32Array, same: boolean, defined: readonly string[]): Table {
    const { kind, keys, values, flags } = change;
    const mayRepeat = same && flags === 0;
    if (mayRepeat && this.#plain !== undefined && this.#hasLengths(values)) return this.#plain;
    let bytes = keys.length * ENTRY_BYTES;
    for (const key of defined) bytes += 2 + Buffer.byteLength(key);
    let valueBytes = 0;
    for (const value of values) valueBytes += value.length;
    if (bytes + valueBytes > MOST_BYTES) {
      throw new TooLargeError(
        `one call can write up to ${MOST_BYTES} bytes, not ${bytes + valueBytes}; write them in parts`,
        { wanted: bytes + valueBytes, free: MOST_BYTES },
      );
    }
    this.#plain = undefined;
    const memory = this.#room(bytes).subarray(0, bytes);
    this.#writeEntries(memory, writeDefinitions(memory, defined), change, numbers);
    const entries = keys.length;
    const blocks = blocksOf(entries, valueBytes);
    const table = { kind, entries, bytes: memory, checksum: crc32(memory), valueBytes, blocks };
    if (flags === 0 && defined.length === 0 && memory.length <= KEPT_BYTES)
      this.#keep(table, values);
    return table;
  }

  /** Forgets the last table. */
  clear(): void {
    this.#plain = undefined;
  }

  #room(bytes: number): Buffer {
    if (bytes > KEPT_BYTES) return Buffer.allocUnsafeSlow(bytes);
    if (this.#memory.length < bytes) {
      this.#memory = Buffer.allocUnsafeSlow(Math.min(KEPT_BYTES, bytes * 2));
    }
    return this.#memory;
  }

  #writeEntries(memory: Buffer, from: number, change: Outline, numbers: Uint32Array): void {
    const { keys, values, flags } = change;
    const view = new DataView(memory.buffer, memory.byteOffset, memory.length);
    let at = from;
    for (let i = 0; i < keys.length; i++) {
      view.setUint32(at, ((numbers[i] as number) | flags) >>> 0, true);
      view.setUint32(at + 4, values[i]?.length ?? 0, true);
      at += ENTRY_BYTES;
    }
  }

  #keep(table: Table, values: Outline['values']): void {
    if (this.#lengths.length < values.length) this.#lengths = new Uint32Array(values.length);
    for (let i = 0; i < values.length; i++) this.#lengths[i] = values[i]?.length ?? 0;
    this.#plain = table;
  }

  #hasLengths(values: Outline['values']): boolean {
    const lengths = this.#lengths;
    for (let i = 0; i < values.length; i++) {
      if (values[i]?.length !== lengths[i]) return false;
    }
    return true;
  }
}

/** Bytes of a record of this table. */
export function recordBytes({ bytes, valueBytes, blocks }: Table): number {
  return RECORD_HEADER_BYTES + bytes.length + blocks.storedBytes(valueBytes);
}

/** Writes a record's header and table. @returns where they end. */
export function writeHead(target: Buffer, at: number, table: Table, placing: Placing): number {
  const { kind, entries, bytes, checksum, valueBytes } = table;
  const { sequence, epoch, time, keysBefore, durable, seed } = placing;
  const header = {
    kind,
    sequence,
    epoch,
    seconds: time[0],
    nanoseconds: time[1],
    keysBefore,
    entries,
    tableBytes: bytes.length,
    tableChecksum: checksum,
    valueBytes,
    durable,
  };
  writeRecordHeader(target, at, header, seed);
  target.set(bytes, at + RECORD_HEADER_BYTES);
  return at + RECORD_HEADER_BYTES + bytes.length;
}

function writeDefinitions(memory: Buffer, keys: readonly string[]): number {
  const view = new DataView(memory.buffer, memory.byteOffset, memory.length);
  let at = 0;
  for (const key of keys) {
    const start = at + 2;
    const end = writeShort(memory, start, key) ?? start + memory.write(key, start);
    view.setUint16(at, end - start, true);
    at = end;
  }
  return at;
}

/** Writes a short key in ASCII, where a loop is faster than a call. @returns where it ends, if it is one. */
function writeShort(memory: Buffer, at: number, key: string): number | undefined {
  const { length } = key;
  if (length > SHORT_KEY) return undefined;
  for (let i = 0; i < length; i++) {
    const unit = key.charCodeAt(i);
    if (unit > 0x7f) return undefined;
    memory[at + i] = unit;
  }
  return at + length;
}
