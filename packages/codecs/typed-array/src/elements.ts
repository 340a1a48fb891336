import { CorruptError, concatBytes, quote } from '@spillway/core';
import type { NumericArray, NumericArrayConstructor } from './dtype.js';

/**
 * An array over bytes that are whole elements; over a copy of them where they don't begin at a multiple of the
 * element's size.
 */
export function toArray(bytes: Uint8Array, Class: NumericArrayConstructor): NumericArray {
  const length = bytes.length / Class.BYTES_PER_ELEMENT;
  const aligned = bytes.byteOffset % Class.BYTES_PER_ELEMENT === 0;
  if (aligned) return new Class(bytes.buffer, bytes.byteOffset, length);
  return new Class(new Uint8Array(bytes).buffer, 0, length);
}

/** The bytes of an array, as a view. */
export function toBytes({ buffer, byteOffset, byteLength }: NumericArray): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** @throws {CorruptError} unless `bytes` many make whole elements. */
export function checkWhole(bytes: number, size: number, key: string): void {
  if (bytes % size === 0) return;
  throw new CorruptError(
    `key ${quote(key)} holds ${bytes} bytes, which are no whole elements of ${size} bytes; was it written by TypedArray?`,
    { key, offset: bytes - (bytes % size) },
  );
}

/** Arrays from pieces of bytes, cut anywhere. At least one array comes, if only an empty one. */
export async function* inWhole(
  pieces: AsyncIterable<Uint8Array>,
  Class: NumericArrayConstructor,
  key: string,
): AsyncGenerator<NumericArray, void, void> {
  const size = Class.BYTES_PER_ELEMENT;
  let begun = new Uint8Array(0);
  let bytes = 0;
  for await (const piece of pieces) {
    const joined = begun.length > 0 ? concatBytes([begun, piece]) : piece;
    const whole = joined.length - (joined.length % size);
    if (whole > 0) yield toArray(joined.subarray(0, whole), Class);
    begun = new Uint8Array(joined.subarray(whole));
    bytes += piece.length;
  }
  checkWhole(bytes, size, key);
  if (bytes === 0) yield new Class(0);
}
