import { SchemaError, type ValueCodec } from '@spillway/core';
import { knownClass, knownDtype, type NumericArray } from './dtype.js';
import { toArray, toBytes } from './elements.js';
import { npyHeader, readNpyHeader } from './npy-header.js';

/**
 * Typed arrays as NumPy's `.npy` files, which `numpy.load` reads and `numpy.save` writes. Reading gives an array over
 * the file's bytes. A file of several dimensions is refused, as a typed array has one.
 */
export const npyFile: ValueCodec<NumericArray> = { extension: 'npy', dump, load };

function dump(array: NumericArray): readonly Uint8Array[] {
  const dtype = knownDtype(array);
  if (dtype === undefined) {
    throw new TypeError('a .npy file holds a typed array of integers or floats of 32 or 64 bits');
  }
  return [npyHeader(dtype, array.length), toBytes(array)];
}

function load(bytes: Uint8Array): NumericArray {
  const { dtype, shape, offset } = readNpyHeader(bytes);
  const Class = knownClass(dtype);
  if (Class === undefined) throw new SchemaError(`JavaScript has no array of dtype ${dtype}`);
  const [length = 1, second] = shape;
  if (second !== undefined) {
    throw new SchemaError(`its shape is (${shape.join(', ')}); a typed array has one dimension`);
  }
  const elements = bytes.subarray(offset);
  if (elements.length !== length * Class.BYTES_PER_ELEMENT) {
    throw new RangeError(
      `it has ${elements.length} bytes of elements, not the ${length * Class.BYTES_PER_ELEMENT} of ${length}`,
    );
  }
  return toArray(elements, Class);
}
