import { CorruptError, quote, SchemaError, typeName } from '@spillway/core';
import { BoolArray, timeArraysOf } from './numpy-arrays.js';

/** The arrays that a key can hold. */
export type NumericArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

/** A class of such arrays. */
export interface NumericArrayConstructor {
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): NumericArray;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): NumericArray;
}

/** What NumPy calls each class in `dtype.str`: byte order, kind, bytes of an element. */
const CLASSES = new Map<string, NumericArrayConstructor>([
  ['|i1', Int8Array],
  ['|u1', Uint8Array],
  ['<i2', Int16Array],
  ['<u2', Uint16Array],
  ['<i4', Int32Array],
  ['<u4', Uint32Array],
  ['<f4', Float32Array],
  ['<f8', Float64Array],
  ['<i8', BigInt64Array],
  ['<u8', BigUint64Array],
  ['|b1', BoolArray],
]);

const DTYPES = new Map([...CLASSES].map(([dtype, { name }]) => [name, dtype] as const));
DTYPES.set('Uint8ClampedArray', '|u1');

/** NumPy's `dtype.str` of an array; `undefined` for anything else. */
export function knownDtype(value: unknown): string | undefined {
  if (!ArrayBuffer.isView(value)) return undefined;
  const { dtype, [Symbol.toStringTag]: name } = value as NumericArray & { readonly dtype?: string };
  return dtype ?? DTYPES.get(name);
}

/** The class of the arrays of a `dtype.str`; `undefined` when no class here holds them. */
export function knownClass(dtype: string): NumericArrayConstructor | undefined {
  return CLASSES.get(dtype) ?? timeArraysOf(dtype);
}

/**
 * NumPy's `dtype.str` of an array.
 *
 * @throws {SchemaError} naming the key when the value is no array of numbers.
 */
export function dtypeOf(value: unknown, key: string): string {
  const known = knownDtype(value);
  if (known !== undefined) return known;
  throw new SchemaError(
    `the value of key ${quote(key)} must be a typed array of integers or floats of 32 or 64 bits, not ${typeName(value)}`,
    { key },
  );
}

/**
 * The class of the arrays of a stored `dtype.str`.
 *
 * @throws {SchemaError} naming the key for a dtype that no class here holds.
 * @throws {CorruptError} naming the key for what is no dtype.
 */
export function classOf(dtype: string | undefined, key: string): NumericArrayConstructor {
  if (dtype === undefined) {
    throw new CorruptError(
      `key ${quote(key)} has bytes but no dtype at ${quote(`${key}.dtype`)}; was it written by TypedArray?`,
      { key },
    );
  }
  const known = knownClass(dtype);
  if (known !== undefined) return known;
  if (dtype === '|O') throw unreadable(key, 'Python objects (dtype |O), which only Python reads');
  if (dtype.startsWith('>')) {
    throw unreadable(
      key,
      `big-endian elements (dtype ${dtype}); in NumPy, \`array.astype(array.dtype.newbyteorder("<"))\` turns them`,
    );
  }
  if (/^[<|=]?[?a-zA-Z]\d*(\[\w+\])?$|^\[.*\]$/.test(dtype)) {
    throw unreadable(key, `elements of dtype ${dtype}, for which JavaScript has no array`);
  }
  throw new CorruptError(
    `key ${quote(`${key}.dtype`)} holds no NumPy dtype but ${quote(dtype)}; was ${quote(key)} written by TypedArray?`,
    { key },
  );
}

function unreadable(key: string, what: string): SchemaError {
  return new SchemaError(`key ${quote(key)} holds ${what}`, { key });
}
