import { CorruptError } from '@spillway/core';

/** Reads what {@link ByteWriter} wrote. @throws {CorruptError} past the end. */
export class ByteReader {
  at = 0;
  bytes: Buffer = Buffer.alloc(0);
  end = 0;

  begin(bytes: Buffer): void {
    this.bytes = bytes;
    this.at = 0;
    this.end = bytes.length;
  }

  /** Reads from `start` on, and no further than `end`. */
  narrow(start: number, end: number): void {
    this.at = start;
    this.end = Math.min(end, this.end);
  }

  u8(): number {
    return this.bytes[this.#pass(1)] as number;
  }

  u32(): number {
    return this.bytes.readUInt32LE(this.#pass(4));
  }

  u48(): number {
    return this.bytes.readUIntLE(this.#pass(6), 6);
  }

  varint(): number {
    let value = 0;
    for (let unit = 1; ; unit *= 128) {
      const byte = this.u8();
      value += (byte & 127) * unit;
      if (byte < 128) return value;
    }
  }

  double(): number {
    return this.bytes.readDoubleLE(this.#pass(8));
  }

  latin1(size: number): string {
    const start = this.#pass(size);
    return this.bytes.toString('latin1', start, start + size);
  }

  /** Passes `size` bytes. @returns where they start. */
  skip(size: number): number {
    return this.#pass(size);
  }

  #pass(size: number): number {
    const start = this.at;
    this.at += size;
    if (this.at > this.end) throw new CorruptError('a page of the map ends too early');
    return start;
  }
}
