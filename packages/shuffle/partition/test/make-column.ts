import { Data, type DataType, type Vector } from 'apache-arrow';
import { valuesArray } from '../src/data.js';

/** The buffers of a column, as bytes, and what else it has. */
export interface Buffers {
  readonly offsets?: Uint8Array;
  readonly values?: Uint8Array;
  readonly typeIds?: Uint8Array;
  readonly children?: Data[];
  readonly dictionary?: Vector;
  readonly variadic?: readonly Uint8Array[];
  readonly nullCount?: number;
  readonly nullBitmap?: Uint8Array | undefined;
}

/** A column over buffers. */
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
      nullBitmap ?? new Uint8Array(0),
      typeIds && view(typeIds, Int8Array),
    ] as never,
    children,
    dictionary,
    variadic,
  );
}

function view(
  { buffer, byteOffset, length }: Uint8Array,
  array: ReturnType<typeof valuesArray>,
): ArrayBufferView {
  return new array(buffer, byteOffset, length / array.BYTES_PER_ELEMENT);
}
