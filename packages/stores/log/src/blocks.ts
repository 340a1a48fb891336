import { crc32 } from '@node-rs/crc32';

/**
 * The values of a record lie in blocks: so many bytes of values, then their checksum. The last block may be
 * shorter. So one small value can be read and checked without the rest of its record.
 */
export const BLOCK_DATA = 4096;
const BLOCK = BLOCK_DATA + 4;

/** Bytes that `bytes` of values take in the file. */
export function storedBytes(bytes: number): number {
  return bytes + 4 * Math.ceil(bytes / BLOCK_DATA);
}

/** Where byte `offset` of a record's values is, from the start of its blocks. */
export function storedOffset(offset: number): number {
  return offset + 4 * Math.floor(offset / BLOCK_DATA);
}

/** Where the block that holds byte `offset` of a record's values starts, from the start of its blocks. */
export function blockStart(offset: number): number {
  return Math.floor(offset / BLOCK_DATA) * BLOCK;
}

/** Where the block before byte `offset` of a record's values ends, its checksum included. */
export function blockEnd(offset: number, valueBytes: number): number {
  return Math.min(Math.ceil(offset / BLOCK_DATA) * BLOCK, storedBytes(valueBytes));
}

/**
 * Checks whole blocks.
 *
 * @param from where the first starts in `bytes`. @param to where the last ends.
 * @returns where the first bad one starts; -1 when all are good.
 */
export function firstBadBlock(bytes: Buffer, from: number, to: number): number {
  for (let at = from; at < to; at += BLOCK) {
    const end = Math.min(at + BLOCK, to) - 4;
    if (crc32(bytes.subarray(at, end)) !== bytes.readUInt32LE(end)) return at;
  }
  return -1;
}

/** Gives the values of a record, or parts of them, one after the other. */
export type ValueSource = () => Uint8Array;

/** The values of an array. */
export function valuesOf(values: readonly Uint8Array[]): ValueSource {
  let next = 0;
  return () => values[next++] as Uint8Array;
}

/** Lays values out in blocks, as much at a time as there is room for. */
export class BlockWriter {
  readonly #source: ValueSource;
  /** What came last, and the first byte of it that was not laid out yet. */
  #value: Uint8Array = new Uint8Array(0);
  #from = 0;
  #left: number;

  /** @param bytes the length of all values. */
  constructor(source: ValueSource, bytes: number) {
    this.#source = source;
    this.#left = bytes;
  }

  get done(): boolean {
    return this.#left === 0;
  }

  /** Fills `target` from `at` with whole blocks, up to `end` at most. @returns where they end. */
  fill(target: Buffer, at: number, end: number): number {
    let start = at;
    while (this.#left > 0) {
      const data = Math.min(BLOCK_DATA, this.#left);
      if (start + data + 4 > end) break;
      this.#copy(target, start, start + data);
      target.writeUInt32LE(crc32(target.subarray(start, start + data)), start + data);
      this.#left -= data;
      start += data + 4;
    }
    return start;
  }

  #copy(target: Buffer, from: number, to: number): void {
    let value = this.#value;
    let skipped = this.#from;
    for (let at = from; at < to; ) {
      if (skipped === value.length) {
        value = this.#source();
        skipped = 0;
      }
      const run = Math.min(value.length - skipped, to - at);
      target.set(run === value.length ? value : value.subarray(skipped, skipped + run), at);
      at += run;
      skipped += run;
    }
    this.#value = value;
    this.#from = skipped;
  }
}
