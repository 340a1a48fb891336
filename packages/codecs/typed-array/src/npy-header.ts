/**
 * The header of NumPy's `.npy` files
 * (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
 */
export interface NpyHeader {
  /** NumPy's `dtype.str`. */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Where the elements begin, in bytes. */
  readonly offset: number;
}

const MAGIC = Uint8Array.of(0x93, ...new TextEncoder().encode('NUMPY'));

/** Where the text begins in version 1: after the magic, two bytes of version and two of its length. */
const BEGIN = 10;

/** The elements begin at a multiple of it. */
const ALIGNMENT = 64;

/** The header of an array of one dimension, in version 1.0. */
export function npyHeader(dtype: string, length: number): Uint8Array {
  const text = `{'descr': '${dtype}', 'fortran_order': False, 'shape': (${length},), }`;
  const bytes = Math.ceil((BEGIN + text.length + 1) / ALIGNMENT) * ALIGNMENT;
  const header = new Uint8Array(bytes).fill(0x20);
  header.set(MAGIC);
  header.set([1, 0], MAGIC.length);
  new DataView(header.buffer).setUint16(MAGIC.length + 2, bytes - BEGIN, true);
  header.set(new TextEncoder().encode(text), BEGIN);
  header[bytes - 1] = 0x0a;
  return header;
}

/** How many bytes the header of a file takes that begins like this, or at least takes. */
export function npyHeaderBytes(bytes: Uint8Array): number {
  const at = MAGIC.length + 2;
  if (bytes.length < BEGIN + 2) return BEGIN + 2;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const wide = (bytes[MAGIC.length] as number) > 1;
  return wide ? BEGIN + 2 + view.getUint32(at, true) : BEGIN + view.getUint16(at, true);
}

/** Reads a header of version 1, 2 or 3. @throws {Error} saying what is wrong with it. */
export function readNpyHeader(bytes: Uint8Array): NpyHeader {
  if (bytes.length < BEGIN || MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw new TypeError('it is no .npy file');
  }
  const version = bytes[MAGIC.length] as number;
  if (!(version >= 1 && version <= 3)) {
    throw new TypeError(`it is of version ${version} of the format; 1 to 3 can be read`);
  }
  const offset = npyHeaderBytes(bytes);
  if (offset > bytes.length) throw new RangeError('its header is cut off');
  const begin = version > 1 ? BEGIN + 2 : BEGIN;
  return { ...fields(new TextDecoder().decode(bytes.subarray(begin, offset))), offset };
}

/** The text is a dictionary as Python writes it. */
function fields(text: string): { readonly dtype: string; readonly shape: readonly number[] } {
  const dtype = /'descr':\s*'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const shape = /'shape':\s*\(([\d, ]*)\)/.exec(text)?.[1];
  if (/'descr':\s*\[/.test(text)) throw new TypeError('its elements are structures');
  if (dtype === undefined || order === undefined || shape === undefined) {
    throw new TypeError('its header is none');
  }
  const lengths = (shape.match(/\d+/g) ?? []).map(Number);
  if (order === 'True' && lengths.length > 1) {
    throw new TypeError('its elements are in the order of Fortran');
  }
  return { dtype, shape: lengths };
}
