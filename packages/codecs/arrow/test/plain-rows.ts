import {
  type Data,
  DataType,
  type Field,
  RecordBatch,
  type SparseUnion,
  type Table,
} from 'apache-arrow';
import { elementsOf, layoutOf, type Values } from '../src/column.js';

/** The rows of a table as plain values, read without the library's getters, which some slices confuse. */
export function plainRows(table: Table | RecordBatch): unknown[] {
  const batches = table instanceof RecordBatch ? [table] : table.batches;
  return batches.flatMap(({ data }) =>
    Array.from({ length: data.length }, (_, i) =>
      Object.fromEntries(
        data.type.children.map(({ name }: Field, column: number) => [
          name,
          plainValue(data.children[column] as Data, i),
        ]),
      ),
    ),
  );
}

function plainValue(data: Data, i: number): unknown {
  const { type } = data;
  const layout = layoutOf(type);
  if (layout === 'null') return null;
  if (layout !== 'union' && data.nullCount > 0) {
    const bit = data.offset + i;
    if (((data.nullBitmap[bit >> 3] as number) & (1 << (bit & 7))) === 0) return null;
  }
  const child = (j: number) => data.children[j] as Data;
  const range = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, j) => plainValue(child(0), from + j));
  const begin = Number(data.valueOffsets?.[i]);
  const end = Number(data.valueOffsets?.[i + 1]);
  switch (layout) {
    case 'bits': {
      const bit = data.offset + i;
      return ((data.values[bit >> 3] as number) & (1 << (bit & 7))) !== 0;
    }
    case 'fixed': {
      const size = elementsOf(type);
      const value = (data.values as Values).slice(i * size, (i + 1) * size);
      return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex');
    }
    case 'bytes':
      return Buffer.from(data.values.subarray(begin, end)).toString('hex');
    case 'views': {
      const view = new DataView(data.values.buffer, data.values.byteOffset + 16 * i, 16);
      const size = view.getInt32(0, true);
      if (size <= 12)
        return Buffer.from(data.values.subarray(16 * i + 4, 16 * i + 4 + size)).toString('hex');
      const from = view.getInt32(12, true);
      return Buffer.from(
        (data.variadicBuffers[view.getInt32(8, true)] as Uint8Array).subarray(from, from + size),
      ).toString('hex');
    }
    case 'list':
      return range(begin, end);
    case 'fixed-list':
      return range(i * elementsOf(type), (i + 1) * elementsOf(type));
    case 'struct':
      return type.children.map((_: Field, j: number) => plainValue(child(j), i));
    case 'union': {
      const id = data.typeIds[i] as number;
      const member = (type as SparseUnion).typeIdToChildIndex[id] as number;
      return [id, plainValue(child(member), DataType.isDenseUnion(type) ? begin : i)];
    }
    default: {
      let index = Number(data.values[i]);
      for (const chunk of data.dictionary?.data ?? []) {
        if (index < chunk.length) return { of: plainValue(chunk, index) };
        index -= chunk.length;
      }
      throw new RangeError('there is no such value');
    }
  }
}
