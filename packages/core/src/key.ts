import { KeyError } from './errors.js';

/** A key as callers give it; a number stands for its decimal string. */
export type Key = string | number;

/** The longest key, in UTF-8 bytes. */
export const MAX_KEY_BYTES = 1024;

/** A UTF-16 code unit takes at most three UTF-8 bytes, so shorter strings need no counting. */
const SURELY_SHORT = Math.floor(MAX_KEY_BYTES / 3);

/**
 * The checked string form of a key.
 *
 * @throws {KeyError} when it is neither string nor finite number, empty, not well-formed Unicode,
 * or longer than {@link MAX_KEY_BYTES}.
 */
export function checkKey(key: unknown): string {
  if (typeof key === 'number') return fromNumber(key);
  if (typeof key !== 'string')
    throw new KeyError(`a key must be a string or a number, not ${typeName(key)}`);
  if (key.length === 0) throw new KeyError('a key must not be empty', { key });
  if (!key.isWellFormed()) {
    throw new KeyError(`key ${quote(key)} holds a lone surrogate, which has no UTF-8 form`, {
      key,
    });
  }
  if (key.length > SURELY_SHORT && utf8Length(key) > MAX_KEY_BYTES) {
    throw new KeyError(
      `key ${quote(key)} takes ${utf8Length(key)} UTF-8 bytes; at most ${MAX_KEY_BYTES} are allowed`,
      { key },
    );
  }
  return key;
}

/** The checked beginning of a key; it may be empty. @throws {KeyError} when it is no string. */
export function checkPrefix(prefix: unknown): string {
  if (typeof prefix !== 'string')
    throw new KeyError(`a prefix of keys must be a string, not ${typeName(prefix)}`);
  return prefix;
}

/**
 * Builds a composite key: `key('orders', 7)` is `'orders/7'`. A `/` inside a part becomes `%2F`, and a
 * `%` that would then be read as an escape becomes `%25`, so that different parts give different keys.
 *
 * @throws {KeyError} when the result is no valid key.
 */
export function key(...parts: readonly Key[]): string {
  return checkKey(
    parts.map((part) => escapePart(typeof part === 'number' ? fromNumber(part) : part)).join('/'),
  );
}

/** The parts that {@link key} was given. */
export function keyParts(composite: string): string[] {
  return composite
    .split('/')
    .map((part) => part.replace(/%2F|%25/g, (code) => (code === '%2F' ? '/' : '%')));
}

/** A key or other text as messages show it: quoted, and cut when long. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);
}

/** What a value is, for messages: `null`, `an array`, `a Date`, `a string`. */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'an array';
  const name = typeof value === 'object' ? (value.constructor?.name ?? 'object') : typeof value;
  return `${/^[aeiou]/i.test(name) ? 'an' : 'a'} ${name}`;
}

function escapePart(part: unknown): string {
  if (typeof part !== 'string')
    throw new KeyError(`a part of a key must be a string or a number, not ${typeName(part)}`);
  return part.replace(/%(?=2F|25)/g, '%25').replaceAll('/', '%2F');
}

function fromNumber(key: number): string {
  const text = String(key);
  if (!Number.isFinite(key) || text.includes('e')) {
    throw new KeyError(
      `a key must be a number with a decimal string, not ${text}; give it as text`,
    );
  }
  return text;
}

function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // A surrogate pair is two units and four bytes: one extra byte for each half.
    if (unit >= 0xd800 && unit < 0xe000) bytes += 1;
    else if (unit >= 0x800) bytes += 2;
    else if (unit >= 0x80) bytes += 1;
  }
  return bytes;
}
