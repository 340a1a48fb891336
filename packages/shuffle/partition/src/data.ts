import { Data, DataType, type Vector } from 'apache-arrow';
import type { Nulls } from './validity.js';

/** The buffers of a column, as bytes, and what else it has. */
export interface Buffers extends Partial<Nulls> {
  readonly offsets?: Uint8Array;
  readonly values?: Uint8Array;
  readonly typeIds?: Uint8Array;
  readonly children?: Data[];
  readonly dictionary?: Vector;
  readonly variadic?: readonly Uint8Array[];
}

/** A column over buffers. Arrow's own `makeData` takes twenty times as long, which small frames would notice. */
export function makeColumn(type: DataType, length: number, buffers: Buffers): Data {
  const { offsets, values, typeIds, children, dictionary, variadic, nullBitmap } = buffers;
  return new Data(
    type,
    0,
    length,
    buffers.nullCount ?? 0,
    [
      offsets && view(offsets, type.OffsetArrayType),
      values && view(values, valuesArray(type)),
      nullBitmap ?? NO_BITS,
      typeIds && view(typeIds, Int8Array),
    ] as never,
    children,
    dictionary,
    variadic,
  );
}

/** Bytes of an array, from a multiple of eight on: a view if that is where they are, or else a copy. */
export function alignedBytes(values: ArrayBufferView | undefined, bytes: number): Uint8Array {
  if (values && values.byteLength >= bytes && values.byteOffset % 8 === 0) {
    return new Uint8Array(values.buffer, values.byteOffset, bytes);
  }
  const aligned = new Uint8Array(bytes);
  copyBytes(values, bytes, aligned);
  return aligned;
}

/** Copies bytes of an array. Those that are missing, because all values are null, become zeros. */
export function copyBytes(
  values: ArrayBufferView | undefined,
  bytes: number,
  target: Uint8Array,
): void {
  const there = Math.min(bytes, values?.byteLength ?? 0);
  if (values) target.set(new Uint8Array(values.buffer, values.byteOffset, there));
  if (there < bytes) target.fill(0, there, bytes);
}

const NO_BITS = new Uint8Array(0);

interface ArrayType {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): ArrayBufferView;
}

/** The arrays that hold the values of a type; of one with a dictionary, its indices. */
export function valuesArray(type: DataType): ArrayType {
  return (DataType.isDictionary(type) ? type.indices : type).ArrayType;
}

function view({ buffer, byteOffset, length }: Uint8Array, array: ArrayType): ArrayBufferView {
  return new array(buffer, byteOffset, length / array.BYTES_PER_ELEMENT);
}
