import { SchemaError } from './errors.js';
import { typeName } from './key.js';
import type { ValueCodec } from './value-codec.js';

/** What JSON holds. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/**
 * Values as JSON (RFC 8259), in UTF-8: null, booleans, finite numbers, strings, arrays and plain objects. Anything
 * else would come back as something else, and is refused; but -0 is written as 0.
 */
export const jsonFile = { extension: 'json', dump, load } satisfies ValueCodec;

function dump(value: unknown): Uint8Array {
  checkJson(value, 'value');
  return new TextEncoder().encode(JSON.stringify(value));
}

function load<V = unknown>(bytes: Uint8Array): V {
  return JSON.parse(decoder.decode(bytes)) as V;
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * Checks that a value comes back from JSON as it was, but for -0.
 *
 * @param path what the value is called, as in `meta`.
 * @throws {SchemaError} whose `field` is the path to what JSON can't hold, as in `meta.a.b[3]`.
 */
export function checkJson(value: unknown, path: string): asserts value is JsonValue {
  check(value, path, []);
}

/** @param around the arrays and objects that the value is in. */
function check(value: unknown, path: string, around: unknown[]): void {
  if (value === null || typeof value === 'boolean' || Number.isFinite(value)) return;
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw unfit(path, 'holds a lone surrogate');
    return;
  }
  if (typeof value === 'number') throw unfit(path, `is ${value}`);
  if (typeof value !== 'object' || !isPlain(value)) throw unfit(path, `is ${typeName(value)}`);
  if (around.includes(value)) throw unfit(path, 'is inside of itself');
  around.push(value);
  if (Array.isArray(value)) checkElements(value, path, around);
  else checkProperties(value, path, around);
  around.pop();
}

function checkElements(array: readonly unknown[], path: string, around: unknown[]): void {
  for (let i = 0; i < array.length; i++) {
    if (!(i in array)) throw unfit(`${path}[${i}]`, 'is a hole');
    check(array[i], `${path}[${i}]`, around);
  }
}

function checkProperties(object: object, path: string, around: unknown[]): void {
  for (const name of Reflect.ownKeys(object)) {
    if (typeof name === 'symbol') throw unfit(path, `has the symbol ${String(name)}`);
    const plain = /^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u.test(name);
    const field = plain ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`;
    check((object as Record<string, unknown>)[name], field, around);
  }
}

/** Also of objects that another realm made. */
function isPlain(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object);
  return (
    Array.isArray(object) ||
    prototype === null ||
    Object.getPrototypeOf(prototype as object) === null
  );
}

function unfit(path: string, what: string): SchemaError {
  return new SchemaError(
    `${path} ${what}, which JSON can't hold: null, booleans, finite numbers, strings, arrays and plain objects it can`,
    { field: path },
  );
}
