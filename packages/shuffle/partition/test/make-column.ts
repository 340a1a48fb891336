import {
  makeColumn as makeOfArrays,
  type Parts,
  storedType,
  valuesArrayOf,
} from '@spillway/arrow/ipc';
import type { Data, DataType } from 'apache-arrow';

/** The buffers of a column, as bytes, and what else it has. */
export interface Buffers extends Pick<Parts, 'children' | 'dictionary' | 'variadic'> {
  readonly offsets?: Uint8Array;
  readonly values?: Uint8Array;
  readonly typeIds?: Uint8Array;
  readonly nullCount?: number;
  readonly nullBitmap?: Uint8Array | undefined;
}

/** A column over buffers. */
export function makeColumn(type: DataType, length: number, buffers: Buffers): Data {
  const { offsets, values, typeIds, nullCount = 0, nullBitmap, ...rest } = buffers;
  return makeOfArrays(type, length, nullCount, {
    ...rest,
    validity: nullBitmap,
    ...(offsets && {
      offsets: view(
        offsets,
        type.OffsetArrayType as unknown as Elements<NonNullable<Parts['offsets']>>,
      ),
    }),
    ...(values && { values: view(values, valuesArrayOf(storedType(type))) }),
    ...(typeIds && { typeIds: view(typeIds, Int8Array) }),
  });
}

interface Elements<A> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): A;
}

function view<A>({ buffer, byteOffset, length }: Uint8Array, array: Elements<A>): A {
  return new array(buffer, byteOffset, length / array.BYTES_PER_ELEMENT);
}
