import { createHash } from 'node:crypto';
import { MAX_KEY_BYTES, SchemaError, typeName } from '@spillway/core';

/** What a partition can be called. */
export type PartitionValue = string | number | bigint | boolean | Date | null | undefined;

/** The key of the rows whose value is null. */
export const NULL_KEY = '%null';

const EMPTY_KEY = '%empty';
const UNITS_PREFIX = '%u';
const BYTES_PREFIX = '%x';
const LONG_PREFIX = '%long:';

/**
 * The store key of a partition: the value as text. What no key can be, and what could be mistaken for that,
 * begins with `%`:
 *
 * | value | key |
 * |---|---|
 * | null | `%null` |
 * | the empty string | `%empty` |
 * | text that begins with `%` | `%` and the text |
 * | text with a lone surrogate | `%u` and its UTF-16 units in hexadecimal |
 * | bytes that are no UTF-8 ({@link bytesKey}) | `%x` and the bytes in hexadecimal |
 * | anything whose key would take more than 1,024 bytes | `%long:` and the SHA-256 of that key |
 *
 * @throws {SchemaError} for a value of another type.
 */
export function partitionKey(value: PartitionValue): string {
  return value === null || value === undefined ? NULL_KEY : textKey(textOf(value));
}

/** The key of text. */
export function textKey(text: string): string {
  if (text === '') return EMPTY_KEY;
  if (!text.isWellFormed()) return shorten(UNITS_PREFIX + hexUnits(text));
  return shorten(text.startsWith('%') ? `%${text}` : text);
}

/** The key of bytes that should be text. */
export function bytesKey(bytes: Uint8Array): string {
  try {
    return textKey(strict.decode(bytes));
  } catch {
    return shorten(BYTES_PREFIX + hex(bytes));
  }
}

/**
 * The text that a key stands for, `null` for {@link NULL_KEY}; `undefined` when the key alone doesn't tell: it
 * is a hash, or of bytes that are no text.
 */
export function partitionText(key: string): string | null | undefined {
  if (!key.startsWith('%')) return key;
  if (key === NULL_KEY) return null;
  if (key === EMPTY_KEY) return '';
  if (key.startsWith('%%')) return key.slice(1);
  return key.startsWith(UNITS_PREFIX) ? fromHexUnits(key.slice(UNITS_PREFIX.length)) : undefined;
}

/** Bytes in hexadecimal. */
export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function textOf(value: Exclude<PartitionValue, null | undefined>): string {
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
  if (['string', 'number', 'bigint', 'boolean'].includes(typeof value)) return String(value);
  throw new SchemaError(
    `a partition is called by a string, number, bigint, boolean, date or null, not by ${typeName(value)}`,
  );
}

function shorten(key: string): string {
  if (3 * key.length <= MAX_KEY_BYTES || Buffer.byteLength(key) <= MAX_KEY_BYTES) return key;
  return LONG_PREFIX + createHash('sha256').update(key).digest('hex');
}

function hexUnits(text: string): string {
  return Array.from({ length: text.length }, (_, i) =>
    text.charCodeAt(i).toString(16).padStart(4, '0'),
  ).join('');
}

function fromHexUnits(units: string): string {
  return units.replace(/.{4}/g, (unit) => String.fromCharCode(Number.parseInt(unit, 16)));
}
