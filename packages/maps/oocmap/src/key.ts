import { CorruptError, KeyError, quote, typeName } from '@spillway/core';
import { readWtf8, writeWtf8 } from './wtf8.js';

/** A key's part that is not made of others. */
export type Primitive = string | number | bigint | boolean | null | undefined;

/** What a map, a dictionary or a set can have as a key. Two keys are one if they are equal by structure. */
export type Key = Primitive | readonly Primitive[];

/**
 * A key as bytes, one in each character: what is compared, hashed and stored. Strings, because JavaScript
 * compares and hashes them by content, and in the order of their bytes.
 */
export type EncodedKey = string;

const NULL = '\x02';
const UNDEFINED = '\x03';
const FALSE = '\x04';
const TRUE = '\x05';
const NUMBER = '\x06';
const NEGATIVE_BIGINT = '\x07';
const BIGINT = '\x08';
const STRING = '\x09';
const TUPLE = '\x0a';
const END = '\0';
/** What stands for a zero byte within a string, so that {@link END} ends it. It sorts after `END` and any tag. */
const ZERO = '\0\xff';

/** Strings of these need no escape and are their own bytes. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the zero byte is what is looked for.
const PLAIN = /^[\x01-\x7f]*$/;

const NUMBER_CODE = 6;
const SIGN = 0x8000_0000;
const double = new DataView(new ArrayBuffer(8));

/** All the bits that can be NaN are one key, after Infinity. */
const NAN = `${NUMBER}\xff\xf8\0\0\0\0\0\0`;

/**
 * Encodes a key so that equal keys have equal bytes, different ones different bytes, and their order is kept:
 * null, undefined, booleans, numbers (NaN last), bigints, strings by code point, tuples part by part.
 *
 * @throws {KeyError}
 */
export function encodeKey(key: unknown): EncodedKey {
  if (typeof key === 'string') return encodeString(key);
  if (!Array.isArray(key)) return encodePrimitive(key, key);
  let encoded = TUPLE;
  for (const part of key) encoded += encodePrimitive(part, key);
  return encoded + END;
}

function encodePrimitive(part: unknown, key: unknown): string {
  switch (typeof part) {
    case 'string':
      return encodeString(part);
    case 'number':
      return encodeNumber(part);
    case 'boolean':
      return part ? TRUE : FALSE;
    case 'bigint':
      return encodeBigInt(part);
    case 'undefined':
      return UNDEFINED;
    default:
      if (part === null) return NULL;
      throw new KeyError(
        `${part === key ? typeName(part) : `an array with ${typeName(part)} in it`} can't be a key: use a string, number, bigint, boolean, null, undefined or an array of these`,
      );
  }
}

function encodeString(value: string): string {
  if (PLAIN.test(value)) return STRING + value + END;
  const bytes = value.isWellFormed()
    ? Buffer.from(value, 'utf8').toString('latin1')
    : writeWtf8(value).toString('latin1');
  return STRING + bytes.replaceAll('\0', ZERO) + END;
}

/** IEEE 754, big-endian: the sign bit flipped for positive numbers, every bit for negative ones. */
function encodeNumber(value: number): string {
  if (Number.isNaN(value)) return NAN;
  double.setFloat64(0, value === 0 ? 0 : value);
  let high = double.getInt32(0);
  let low = double.getInt32(4);
  if (high < 0) {
    high = ~high;
    low = ~low;
  } else high ^= SIGN;
  return String.fromCharCode(
    NUMBER_CODE,
    high >>> 24,
    (high >>> 16) & 0xff,
    (high >>> 8) & 0xff,
    high & 0xff,
    low >>> 24,
    (low >>> 16) & 0xff,
    (low >>> 8) & 0xff,
    low & 0xff,
  );
}

/** The count of bytes (u32) and the bytes, big-endian; each bit flipped for negative ones. */
function encodeBigInt(value: bigint): string {
  const negative = value < 0n;
  let hex = (negative ? -value : value).toString(16);
  if (hex.length % 2) hex = `0${hex}`;
  const bytes = Buffer.alloc(4 + hex.length / 2);
  bytes.writeUInt32BE(hex.length / 2);
  bytes.write(hex, 4, 'hex');
  if (negative) for (let i = 0; i < bytes.length; i++) bytes[i] = ~(bytes[i] as number);
  return (negative ? NEGATIVE_BIGINT : BIGINT) + bytes.toString('latin1');
}

/** The key that was encoded. */
export function decodeKey(encoded: EncodedKey): Key {
  if (encoded[0] !== TUPLE) return decodePrimitive(encoded, { at: 0 });
  const place = { at: 1 };
  const parts: Primitive[] = [];
  while (encoded[place.at] !== END) parts.push(decodePrimitive(encoded, place));
  return parts;
}

function decodePrimitive(encoded: EncodedKey, place: { at: number }): Primitive {
  const tag = encoded[place.at++];
  switch (tag) {
    case STRING:
      return decodeString(encoded, place);
    case NUMBER:
      return decodeNumber(encoded, place);
    case NEGATIVE_BIGINT:
    case BIGINT:
      return decodeBigInt(encoded, place, tag === NEGATIVE_BIGINT);
    case NULL:
      return null;
    case UNDEFINED:
      return undefined;
    case FALSE:
      return false;
    case TRUE:
      return true;
    default:
      throw new CorruptError(`${quote(encoded)} is no encoded key of the map`);
  }
}

function decodeNumber(encoded: EncodedKey, place: { at: number }): number {
  const { at } = place;
  place.at += 8;
  const high = wordAt(encoded, at);
  const low = wordAt(encoded, at + 4);
  double.setInt32(0, high < 0 ? high ^ SIGN : ~high);
  double.setInt32(4, high < 0 ? low : ~low);
  return double.getFloat64(0);
}

/** Four characters as a number of 32 bits, big-endian. */
const wordAt = (encoded: EncodedKey, at: number): number =>
  (encoded.charCodeAt(at) << 24) |
  (encoded.charCodeAt(at + 1) << 16) |
  (encoded.charCodeAt(at + 2) << 8) |
  encoded.charCodeAt(at + 3);

function decodeString(encoded: EncodedKey, place: { at: number }): string {
  let end = encoded.indexOf(END, place.at);
  while (encoded[end + 1] === '\xff') end = encoded.indexOf(END, end + 2);
  const escaped = encoded.slice(place.at, end);
  place.at = end + 1;
  if (PLAIN.test(escaped)) return escaped;
  return readWtf8(Buffer.from(escaped.replaceAll(ZERO, '\0'), 'latin1'));
}

function decodeBigInt(encoded: EncodedKey, place: { at: number }, negative: boolean): bigint {
  const flip = (bytes: Buffer) => {
    if (negative) for (let i = 0; i < bytes.length; i++) bytes[i] = ~(bytes[i] as number);
    return bytes;
  };
  const size = flip(Buffer.from(encoded.slice(place.at, place.at + 4), 'latin1')).readUInt32BE();
  const bytes = flip(Buffer.from(encoded.slice(place.at + 4, place.at + 4 + size), 'latin1'));
  place.at += 4 + size;
  const value = BigInt(`0x${bytes.toString('hex')}`);
  return negative ? -value : value;
}
