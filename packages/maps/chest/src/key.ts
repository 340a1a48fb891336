import { key as compose, KeyError, keyParts, typeName } from '@spillway/core';

/**
 * What a chest takes as a key. Two keys of equal structure are one key; numbers are equal as in a `Map`: `NaN` is
 * `NaN`, `-0` is `0`.
 */
export type ChestKey =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | Date
  | Uint8Array
  | readonly ChestKey[];

/** Core's limit, with room for the extension of a file. */
const MAX_NAME_BYTES = 1000;

/** Arrays inside of arrays inside of arrays, at most. */
const MAX_DEPTH = 64;

/** Strings that are their own name, which are most; the length leaves room for any extension. */
const PLAIN = /^[^(/%\ud800-\udfff][^/%\ud800-\udfff]{0,300}$/;

/**
 * The name of a key, which is a key of core's: the same for equal keys, another for any other.
 *
 * A string is its own name. What else there is, is written in parentheses: `(42)`, `(42n)`, `(true)`, `(null)`,
 * `(2026-11-21T11:12:15.123Z)`, `(bytes 00ff)`; a string that begins with one, or is empty, as `(text …)`. An array of
 * several elements is a composite key of their names; any other array, and one inside of an array, is
 * `(list <length>.<name>…)`.
 *
 * @throws {KeyError} for what is no key, is nested in itself, or has a name of more than 1,000 bytes.
 */
export function nameOf(key: ChestKey): string {
  if (typeof key === 'string' && PLAIN.test(key)) return key;
  const parts =
    Array.isArray(key) && key.length > 1
      ? textsOf(key as readonly ChestKey[], 1)
      : [textOf(key, 0)];
  const name = compose(...parts);
  checkLength(Buffer.byteLength(name));
  return name;
}

/** The key of a name; `undefined` when it is no key's, and `[key]` otherwise, as `undefined` is a key. */
export function keyOfName(name: string): readonly [key: ChestKey] | undefined {
  const parts = keyParts(name).map(parse);
  if (parts.includes(undefined)) return undefined;
  const values = parts.map((part) => (part as readonly [ChestKey])[0]);
  const key = values.length > 1 ? values : (values[0] as ChestKey);
  // Other spellings, `(042)` or `(list 01.a)`, are nobody's.
  return isNameOf(key, name) ? [key] : undefined;
}

function isNameOf(key: ChestKey, name: string): boolean {
  try {
    return nameOf(key) === name;
  } catch (error) {
    if (error instanceof KeyError) return false;
    throw error;
  }
}

function textOf(key: ChestKey, depth: number): string {
  switch (typeof key) {
    case 'string':
      return textOfString(key);
    case 'number':
      return `(${key})`;
    case 'bigint':
      return `(${key}n)`;
    case 'boolean':
    case 'undefined':
      return `(${key})`;
    default:
      return key === null ? '(null)' : textOfObject(key, depth);
  }
}

function textOfString(text: string): string {
  if (!text.isWellFormed()) {
    const units = Array.from({ length: text.length }, (_, i) => hex(text.charCodeAt(i), 4));
    return `(units ${units.join('')})`;
  }
  return text === '' || text.startsWith('(') ? `(text ${text})` : text;
}

function textOfObject(key: Date | Uint8Array | readonly ChestKey[], depth: number): string {
  if (key instanceof Date)
    return Number.isNaN(key.getTime()) ? '(no date)' : `(${key.toISOString()})`;
  if (key instanceof Uint8Array) {
    // Longer ones have no name anyway.
    checkLength(key.length * 2);
    return `(bytes ${Array.from(key, (byte) => hex(byte, 2)).join('')})`;
  }
  if (!Array.isArray(key)) {
    throw new KeyError(
      `a key must be a string, number, bigint, boolean, null, undefined, Date, Uint8Array or an array of these, not ${typeName(key)}`,
    );
  }
  if (depth >= MAX_DEPTH) throw new KeyError(`a key has arrays nested deeper than ${MAX_DEPTH}`);
  const texts = textsOf(key as readonly ChestKey[], depth + 1);
  return `(list ${texts.map((text) => `${text.length}.${text}`).join('')})`;
}

function textsOf(elements: readonly ChestKey[], depth: number): string[] {
  checkLength(elements.length);
  return Array.from(elements, (element) => textOf(element, depth));
}

function checkLength(bytes: number): void {
  if (bytes <= MAX_NAME_BYTES) return;
  throw new KeyError(
    `the name of a key takes ${bytes} bytes and more; at most ${MAX_NAME_BYTES} are allowed`,
  );
}

function hex(number: number, digits: number): string {
  return number.toString(16).padStart(digits, '0');
}

function parse(text: string): readonly [ChestKey] | undefined {
  if (!text.startsWith('(')) return [text];
  if (!text.endsWith(')')) return undefined;
  const inner = text.slice(1, -1);
  const word = WORDS.get(inner);
  if (word !== undefined) return word;
  const [, form, rest = ''] = /^(text|units|bytes|list) (.*)$/s.exec(inner) ?? [];
  switch (form) {
    case 'text':
      return [rest];
    case 'units':
      return [String.fromCharCode(...groups(rest, 4))];
    case 'bytes':
      return [Uint8Array.from(groups(rest, 2))];
    case 'list':
      return parseList(rest);
    default:
      return parseNumber(inner);
  }
}

const WORDS = new Map<string, readonly [ChestKey]>([
  ['true', [true]],
  ['false', [false]],
  ['null', [null]],
  ['undefined', [undefined]],
  ['NaN', [Number.NaN]],
  ['no date', [new Date(Number.NaN)]],
]);

function parseNumber(text: string): readonly [ChestKey] | undefined {
  if (/^-?\d+n$/.test(text)) return [BigInt(text.slice(0, -1))];
  if (/^-?(\d[\d.e+-]*|Infinity)$/.test(text) && !Number.isNaN(Number(text))) return [Number(text)];
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? undefined : [date];
}

function parseList(text: string): readonly [ChestKey] | undefined {
  const elements: ChestKey[] = [];
  for (let at = 0; at < text.length; ) {
    const length = /^\d+/.exec(text.slice(at, at + 4))?.[0];
    if (length === undefined) return undefined;
    const begin = at + length.length + 1;
    at = begin + Number(length);
    const element = parse(text.slice(begin, at));
    if (element === undefined) return undefined;
    elements.push(element[0]);
  }
  return [elements];
}

/** Numbers written in so many hexadecimal digits each. */
function groups(text: string, digits: number): number[] {
  return Array.from({ length: text.length / digits }, (_, i) =>
    Number.parseInt(text.slice(i * digits, (i + 1) * digits), 16),
  );
}
