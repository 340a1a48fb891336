import { crc32 } from '@node-rs/crc32';

/** Bytes of a block's checksum. */
const CHECKSUM_BYTES = 4;

/** Values at least this long on average lie in long blocks. */
const LONG_VALUE = 1 << 15;

/**
 * How the values of a record lie: in blocks of so many bytes of values, each with its checksum. The last block
 * may be shorter. So one value can be read and checked without the rest of its record.
 */
export class Blocks {
  /** Bytes of values in a block. */
  readonly data: number;

  constructor(data: number) {
    this.data = data;
  }

  /** Bytes that `bytes` of values take in the file. */
  storedBytes(bytes: number): number {
    return bytes + CHECKSUM_BYTES * Math.ceil(bytes / this.data);
  }

  /** Where byte `offset` of a record's values is, from the start of its blocks. */
  storedOffset(offset: number): number {
    return offset + CHECKSUM_BYTES * Math.floor(offset / this.data);
  }

  /** Where the block that holds byte `offset` of a record's values starts, from the start of its blocks. */
  start(offset: number): number {
    return Math.floor(offset / this.data) * (this.data + CHECKSUM_BYTES);
  }

  /** Where the block before byte `offset` of a record's values ends, its checksum included. */
  end(offset: number, valueBytes: number): number {
    const blocks = Math.ceil(offset / this.data);
    return Math.min(blocks * (this.data + CHECKSUM_BYTES), this.storedBytes(valueBytes));
  }

  /**
   * Checks whole blocks.
   *
   * @param to where the last ends in `bytes`; the first starts at 0.
   * @returns where the first bad one starts; -1 when all are good.
   */
  firstBad(bytes: Buffer, to: number): number {
    for (let at = 0; at < to; at += this.data + CHECKSUM_BYTES) {
      const end = Math.min(at + this.data + CHECKSUM_BYTES, to) - CHECKSUM_BYTES;
      if (crc32(bytes.subarray(at, end)) !== bytes.readUInt32LE(end)) return at;
    }
    return -1;
  }
}

/** What a small value is read in. */
export const SHORT_BLOCKS = new Blocks(4096);

/** Fewer checksums and fewer runs where whole values are long. */
export const LONG_BLOCKS = new Blocks(1 << 16);

/** How the values of a record of so many entries and bytes lie. */
export function blocksOf(entries: number, valueBytes: number): Blocks {
  return entries > 0 && valueBytes >= entries * LONG_VALUE ? LONG_BLOCKS : SHORT_BLOCKS;
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
  readonly #blocks: Blocks;
  /** What came last, and the first byte of it that was not laid out yet. */
  #value: Uint8Array = new Uint8Array(0);
  #from = 0;
  #left: number;

  /** @param bytes the length of all values. */
  constructor(source: ValueSource, blocks: Blocks, bytes: number) {
    this.#source = source;
    this.#blocks = blocks;
    this.#left = bytes;
  }

  get done(): boolean {
    return this.#left === 0;
  }

  /** Fills `target` from `at` with whole blocks, up to `end` at most. @returns where they end. */
  fill(target: Buffer, at: number, end: number): number {
    let start = at;
    while (this.#left > 0) {
      const data = Math.min(this.#blocks.data, this.#left);
      if (start + data + CHECKSUM_BYTES > end) break;
      this.#copy(target, start, start + data);
      target.writeUInt32LE(crc32(target.subarray(start, start + data)), start + data);
      this.#left -= data;
      start += data + CHECKSUM_BYTES;
    }
    return start;
  }

  /** The next blocks, `count` at most, without a copy: the values' own bytes with the checksums in between. */
  take(count: number): Uint8Array[] {
    const parts: Uint8Array[] = [];
    const checksums = Buffer.allocUnsafeSlow(count * CHECKSUM_BYTES);
    for (let block = 0; block < count && this.#left > 0; block++) {
      let checksum = 0;
      for (let left = Math.min(this.#blocks.data, this.#left); left > 0; ) {
        const part = this.#next(left);
        checksum = crc32(part, checksum);
        parts.push(part);
        left -= part.length;
        this.#left -= part.length;
      }
      const at = checksums.writeUInt32LE(checksum, block * CHECKSUM_BYTES);
      parts.push(checksums.subarray(at - CHECKSUM_BYTES, at));
    }
    return parts;
  }

  #copy(target: Buffer, from: number, to: number): void {
    for (let at = from; at < to; ) {
      const part = this.#next(to - at);
      target.set(part, at);
      at += part.length;
    }
  }

  /** The next bytes of a value, `most` at most. */
  #next(most: number): Uint8Array {
    while (this.#from === this.#value.length) {
      this.#value = this.#source();
      this.#from = 0;
    }
    const from = this.#from;
    this.#from = Math.min(from + most, this.#value.length);
    return from === 0 && this.#from === this.#value.length
      ? this.#value
      : this.#value.subarray(from, this.#from);
  }
}
