import { concatBytes, SchemaError, type ValueCodec } from '@spillway/core';
import {
  knownClass,
  knownDtype,
  type NumericArray,
  type NumericArrayConstructor,
} from './dtype.js';
import { toArray, toBytes } from './elements.js';
import { npyHeader, npyHeaderBytes, readNpyHeader } from './npy-header.js';

/**
 * Typed arrays as NumPy's `.npy` files, which `numpy.load` reads and `numpy.save` writes. Reading gives an array over
 * the file's bytes. A file of several dimensions is refused, as a typed array has one.
 */
export const npyFile = {
  extension: 'npy',
  dump,
  load,
  stream,
} satisfies ValueCodec<NumericArray>;

function dump(array: NumericArray): readonly Uint8Array[] {
  const dtype = knownDtype(array);
  if (dtype === undefined) {
    throw new TypeError('a .npy file holds a typed array of integers or floats of 32 or 64 bits');
  }
  return [npyHeader(dtype, array.length), toBytes(array)];
}

function load<A extends NumericArray = NumericArray>(bytes: Uint8Array): A {
  const { Class, length, offset } = readHeader(bytes);
  const elements = bytes.subarray(offset);
  checkLength(elements.length, length, Class);
  return toArray(elements, Class) as A;
}

async function* stream<A extends NumericArray = NumericArray>(
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<A, void, void> {
  let header: ReturnType<typeof readHeader> | undefined;
  let begun = new Uint8Array(0);
  let read = 0;
  for await (const piece of pieces) {
    let bytes = begun.length > 0 ? concatBytes([begun, piece]) : piece;
    if (header === undefined && bytes.length >= npyHeaderBytes(bytes)) {
      header = readHeader(bytes);
      bytes = bytes.subarray(header.offset);
    }
    const whole = header ? bytes.length - (bytes.length % header.Class.BYTES_PER_ELEMENT) : 0;
    if (header && whole > 0) yield toArray(bytes.subarray(0, whole), header.Class) as A;
    begun = new Uint8Array(bytes.subarray(whole));
    read += whole;
  }
  const { Class, length } = header ?? readHeader(begun);
  checkLength(read + begun.length, length, Class);
  if (length === 0) yield new Class(0) as A;
}

/** @throws {SchemaError} for what is no typed array in JavaScript. @throws {Error} for what is no header. */
function readHeader(bytes: Uint8Array): {
  readonly Class: NumericArrayConstructor;
  readonly length: number;
  readonly offset: number;
} {
  const { dtype, shape, offset } = readNpyHeader(bytes);
  const Class = knownClass(dtype);
  if (Class === undefined) throw new SchemaError(`JavaScript has no array of dtype ${dtype}`);
  const [length = 1, second] = shape;
  if (second !== undefined) {
    throw new SchemaError(`its shape is (${shape.join(', ')}); a typed array has one dimension`);
  }
  return { Class, length, offset };
}

function checkLength(bytes: number, length: number, Class: NumericArrayConstructor): void {
  const expected = length * Class.BYTES_PER_ELEMENT;
  if (bytes === expected) return;
  throw new RangeError(`it has ${bytes} bytes of elements, not the ${expected} of ${length}`);
}
