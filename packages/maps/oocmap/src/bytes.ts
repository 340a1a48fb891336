import { SchemaError, typeName } from '@spillway/core';
import { BytesType } from './stored.js';

/** The arrays by the number of their type. */
const ARRAYS = {
  [BytesType.Uint8Array]: Uint8Array,
  [BytesType.Int8Array]: Int8Array,
  [BytesType.Uint8ClampedArray]: Uint8ClampedArray,
  [BytesType.Int16Array]: Int16Array,
  [BytesType.Uint16Array]: Uint16Array,
  [BytesType.Int32Array]: Int32Array,
  [BytesType.Uint32Array]: Uint32Array,
  [BytesType.Float32Array]: Float32Array,
  [BytesType.Float64Array]: Float64Array,
  [BytesType.BigInt64Array]: BigInt64Array,
  [BytesType.BigUint64Array]: BigUint64Array,
} as const;

/** Any array of numbers or bigints over bytes. */
export type TypedArray = InstanceType<(typeof ARRAYS)[keyof typeof ARRAYS]>;

/** What {@link valueOfBytes} can give. */
export type BytesValue = string | bigint | Date | ArrayBuffer | TypedArray | DataView;

/** A value as bytes, which may be the caller's own. */
export interface Bytes {
  readonly type: BytesType;
  readonly bytes: Uint8Array;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: all characters that fit a byte are meant.
const LATIN1 = /^[\x00-\xff]*$/;

/** Whether each character of a string fits a byte. */
export function isLatin1(value: string): boolean {
  return LATIN1.test(value);
}

/** The bytes of a string: one a character where that is enough, else UTF-8, or UTF-16 for lone surrogates. */
export function stringBytes(value: string): Bytes {
  if (isLatin1(value)) return { type: BytesType.Latin1, bytes: Buffer.from(value, 'latin1') };
  if (value.isWellFormed()) return { type: BytesType.Utf8, bytes: Buffer.from(value, 'utf8') };
  return { type: BytesType.Utf16, bytes: Buffer.from(value, 'utf16le') };
}

/** The magnitude of a bigint, little-endian. */
export function bigintBytes(value: bigint): Bytes {
  const negative = value < 0n;
  let hex = (negative ? -value : value).toString(16);
  if (hex.length % 2) hex = `0${hex}`;
  return {
    type: negative ? BytesType.NegativeBigInt : BytesType.BigInt,
    bytes: Buffer.from(hex, 'hex').reverse(),
  };
}

/** The bytes of a Date, a buffer or a typed array; undefined for any other object. */
export function objectBytes(value: object): Bytes | undefined {
  const name = Object.prototype.toString.call(value).slice(8, -1);
  if (name === 'Date') {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE((value as Date).getTime());
    return { type: BytesType.Date, bytes };
  }
  if (ArrayBuffer.isView(value)) {
    const type = BytesType[name as keyof typeof BytesType];
    if (type === undefined) throw new SchemaError(`${typeName(value)} can't be stored`);
    return { type, bytes: new Uint8Array(value.buffer, value.byteOffset, value.byteLength) };
  }
  if (name === 'ArrayBuffer')
    return { type: BytesType.ArrayBuffer, bytes: new Uint8Array(value as ArrayBuffer) };
  return undefined;
}

/** The value that `bytes` from `start` to `end` stand for. Nothing of it is a view of them. */
export function valueOfBytes(
  type: BytesType,
  bytes: Buffer,
  start: number,
  end: number,
): BytesValue {
  switch (type) {
    case BytesType.Latin1:
      return bytes.toString('latin1', start, end);
    case BytesType.Utf8:
      return bytes.toString('utf8', start, end);
    case BytesType.Utf16:
      return bytes.toString('ucs2', start, end);
    case BytesType.BigInt:
    case BytesType.NegativeBigInt: {
      const magnitude = BigInt(
        `0x${Buffer.from(bytes.subarray(start, end)).reverse().toString('hex')}`,
      );
      return type === BytesType.BigInt ? magnitude : -magnitude;
    }
    case BytesType.Date:
      return new Date(bytes.readDoubleLE(start));
  }
  const copy = new Uint8Array(end - start);
  copy.set(bytes.subarray(start, end));
  if (type === BytesType.ArrayBuffer) return copy.buffer;
  if (type === BytesType.DataView) return new DataView(copy.buffer);
  return new ARRAYS[type](copy.buffer);
}
