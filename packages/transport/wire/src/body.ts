import { ProtocolError } from '@spillway/core';

/** Reads a message's fields in order and says, before anything is reserved, when they aren't there. */
export class Body {
  readonly bytes: Buffer;
  readonly #what: string;
  #at = 0;

  constructor(bytes: Uint8Array, what: string) {
    this.bytes = asBuffer(bytes);
    this.#what = what;
  }

  get left(): number {
    return this.bytes.length - this.#at;
  }

  /** Where the next field begins. */
  get here(): number {
    return this.#at;
  }

  uint8(): number {
    return this.bytes.readUInt8(this.take(1));
  }

  uint16(): number {
    return this.bytes.readUInt16LE(this.take(2));
  }

  uint32(): number {
    return this.bytes.readUInt32LE(this.take(4));
  }

  /** An unsigned 64-bit number, as far as a double holds it exactly. */
  uint64(): number {
    const low = this.uint32();
    const high = this.uint32();
    if (high >= 0x20_0000) this.fail('a number beyond 2^53');
    return high * 0x1_0000_0000 + low;
  }

  /** Passes over `length` bytes and returns where they begin. */
  take(length: number): number {
    if (length > this.left) this.fail(`${length} bytes wanted where ${this.left} are left`);
    const begin = this.#at;
    this.#at += length;
    return begin;
  }

  /** The next `length` bytes, as a view. */
  view(length: number): Buffer {
    const begin = this.take(length);
    return this.bytes.subarray(begin, begin + length);
  }

  /** Says that nothing more follows. */
  end(): void {
    if (this.left > 0) this.fail(`${this.left} bytes too many`);
  }

  /** @throws {ProtocolError} saying what is wrong with what. */
  fail(why: string): never {
    throw new ProtocolError(`${this.#what} is malformed: ${why}`);
  }
}

/** The same bytes as a Node buffer. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

export function writeUint64(target: Buffer, value: number, at: number): void {
  target.writeUInt32LE(value >>> 0, at);
  target.writeUInt32LE(Math.floor(value / 0x1_0000_0000), at + 4);
}
