import type { Data, Vector } from 'apache-arrow';
import { setBit } from './bits.js';
import {
  elementsOf,
  layoutOf,
  makeColumn,
  type Offsets,
  type Parts,
  type Values,
  valuesArrayOf,
} from './column.js';

/** A value and where it is. */
interface Place {
  readonly chunk: Data;
  readonly at: number;
}

/** The values of a vector, of bytes or of a fixed width, at `indices`, which ascend. */
export function take(vector: Vector, indices: Int32Array): Data {
  const places = locate(vector.data, indices);
  const validity = new Uint8Array((places.length + 7) >> 3);
  let nulls = 0;
  places.forEach(({ chunk, at }, i) => {
    if (chunk.getValid(at)) setBit(validity, i);
    else nulls++;
  });
  const parts =
    layoutOf(vector.type) === 'bytes' ? takeBytes(vector, places) : takeFixed(vector, places);
  return makeColumn(vector.type, places.length, nulls, nulls > 0 ? { ...parts, validity } : parts);
}

function locate(chunks: readonly Data[], indices: Int32Array): Place[] {
  let next = 0;
  let begin = 0;
  return Array.from(indices, (index) => {
    let chunk = chunks[next] as Data;
    while (index - begin >= chunk.length) {
      begin += chunk.length;
      chunk = chunks[++next] as Data;
    }
    return { chunk, at: index - begin };
  });
}

function takeFixed({ type }: Vector, places: readonly Place[]): Parts {
  const size = elementsOf(type);
  const values = new (valuesArrayOf(type))(places.length * size);
  places.forEach(({ chunk, at }, i) => {
    const value = (chunk.values as Values).subarray(at * size, (at + 1) * size);
    values.set(value as Uint8Array & BigInt64Array, i * size);
  });
  return { values };
}

function takeBytes({ type }: Vector, places: readonly Place[]): Parts {
  const offsets = new type.OffsetArrayType(places.length + 1) as Offsets;
  const value = ({ chunk, at }: Place): Uint8Array =>
    chunk.values.subarray(Number(chunk.valueOffsets[at]), Number(chunk.valueOffsets[at + 1]));
  let length = 0;
  places.forEach((place, i) => {
    length += value(place).length;
    if (offsets instanceof BigInt64Array) offsets[i + 1] = BigInt(length);
    else offsets[i + 1] = length;
  });
  const values = new Uint8Array(length);
  for (const [i, place] of places.entries()) values.set(value(place), Number(offsets[i]));
  return { offsets, values };
}
