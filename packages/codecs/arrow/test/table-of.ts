import {
  type Data,
  type DataType,
  Field,
  RecordBatch,
  Schema,
  Struct,
  Table,
  vectorFromArray,
} from 'apache-arrow';
import { makeColumn } from '../src/column.js';

/** A column to be: its type and its values. */
export type Column = readonly [type: DataType, values: readonly unknown[], nullable?: boolean];

/** A table of one batch. */
export function tableOf(columns: { readonly [name: string]: Column }): Table {
  const fields = Object.entries(columns).map(
    ([name, [type, values, nullable]]) => new Field(name, type, nullable ?? values.includes(null)),
  );
  const children = Object.values(columns).map(
    ([type, values]) => vectorFromArray(values, type).data[0] as Data,
  );
  const schema = new Schema(fields);
  const rows = makeColumn(new Struct(fields), children[0]?.length ?? 0, 0, { children });
  return new Table(schema, [new RecordBatch(schema, rows as Data<Struct>)]);
}

/** The rows of a table as the library's getters read them, lists and structs as plain ones. */
export function rowsOf(table: Table): unknown[] {
  return table.toArray().map((row) => plain(row));
}

function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if ('toJSON' in value) return plain((value as { toJSON(): unknown }).toJSON());
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]));
}
