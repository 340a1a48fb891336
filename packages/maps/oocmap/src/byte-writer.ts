const TWO_32 = 2 ** 32;
/** Up to this length, a loop over the characters is quicker than a call out of JavaScript. */
export const SHORT = 32;

/** Writes numbers and text one after another into memory that it uses again and again. */
export class ByteWriter {
  #bytes = Buffer.allocUnsafeSlow(65_536);
  #at = 0;

  /** Begins anew. */
  begin(): void {
    this.#at = 0;
  }

  /** How many bytes were written since {@link begin}. */
  get length(): number {
    return this.#at;
  }

  /** Takes back what was written after the first `length` bytes. */
  cut(length: number): void {
    this.#at = length;
  }

  /** What was written from `start` on. What is written next may overwrite it. */
  finish(start = 0): Buffer {
    return this.#bytes.subarray(start, this.#at);
  }

  u8(value: number): void {
    this.#room(1);
    this.#bytes[this.#at++] = value;
  }

  u16(value: number): void {
    this.#room(2);
    this.#bytes[this.#at++] = value;
    this.#bytes[this.#at++] = value >>> 8;
  }

  u32(value: number): void {
    this.#room(4);
    this.#at = this.#bytes.writeUInt32LE(value, this.#at);
  }

  u48(value: number): void {
    this.#room(6);
    this.#at = this.#bytes.writeUIntLE(value, this.#at, 6);
  }

  /** A whole number below 2^53 in groups of seven bits, lowest first (LEB128). */
  varint(value: number): void {
    this.#room(8);
    let rest = value;
    while (rest > 127) {
      this.#bytes[this.#at++] = (rest & 127) | 128;
      rest = rest < TWO_32 ? rest >>> 7 : Math.floor(rest / 128);
    }
    this.#bytes[this.#at++] = rest;
  }

  double(value: number): void {
    this.#room(8);
    this.#at = this.#bytes.writeDoubleLE(value, this.#at);
  }

  /** Text of which each character fits a byte. */
  latin1(text: string): void {
    this.#room(text.length);
    this.#at += this.#bytes.write(text, this.#at, 'latin1');
  }

  /**
   * A text of at most {@link SHORT} characters with its length before it, if each of them fits a byte.
   *
   * @returns whether it does; nothing is written otherwise.
   */
  short(text: string): boolean {
    const { length } = text;
    this.#room(length + 1);
    const start = this.#at;
    this.#bytes[start] = length;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code > 255) return false;
      this.#bytes[start + 1 + i] = code;
    }
    this.#at = start + 1 + length;
    return true;
  }

  bytes(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** Writes what was written to another one from `start` on. */
  copy(from: ByteWriter, start: number): void {
    const size = from.#at - start;
    this.#room(size);
    if (size > SHORT) from.#bytes.copy(this.#bytes, this.#at, start, from.#at);
    else
      for (let i = 0; i < size; i++) this.#bytes[this.#at + i] = from.#bytes[start + i] as number;
    this.#at += size;
  }

  #room(size: number): void {
    if (this.#at + size <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#at + size, 2 * this.#bytes.length));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}
