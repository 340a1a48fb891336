import { elementsOf } from '@spillway/arrow/ipc';
import {
  type Data,
  type DataType,
  Field,
  RecordBatch,
  Schema,
  Struct,
  Vector,
  vectorFromArray,
} from 'apache-arrow';
import { type By, partitioner } from '../src/index.js';
import { makeColumn } from './make-column.js';

/** A batch of columns. */
export function batchOf(columns: { readonly [name: string]: Vector }): RecordBatch {
  const children = Object.values(columns).map((vector) => vector.data[0] as Data);
  const fields = Object.entries(columns).map(([name, { type }]) => new Field(name, type, true));
  const data = makeColumn(new Struct(fields), children[0]?.length ?? 0, { children });
  return new RecordBatch(new Schema(fields), data as Data<Struct>);
}

/** A column of values as the library's builders take them. */
export function vector(type: DataType, values: readonly unknown[]): Vector {
  return vectorFromArray(values, type);
}

/** A column of fixed-width values as they are stored. */
export function raw(type: DataType, values: ArrayBufferView & { readonly length: number }): Vector {
  const { buffer, byteOffset, byteLength } = values;
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  const rows = byteLength / (elementsOf(type) * type.ArrayType.BYTES_PER_ELEMENT);
  return new Vector([makeColumn(type, rows, { values: bytes })]);
}

/** The partition's key of each row. */
export function keysOf(batches: RecordBatch | readonly RecordBatch[], by: By): string[] {
  const all = batches instanceof RecordBatch ? [batches] : batches;
  const assigned = partitioner((all[0] as RecordBatch).schema, by);
  return all.flatMap((batch) => {
    const numbers = new Int32Array(batch.numRows);
    assigned.assign(batch, numbers);
    return Array.from(numbers, (number) => assigned.key(number));
  });
}
