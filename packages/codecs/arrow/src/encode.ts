import {
  type Data,
  DataType,
  type Field,
  RecordBatch,
  Schema,
  Struct,
  Table,
  tableToIPC,
} from 'apache-arrow';
import { numberDictionaries } from './children.js';
import { makeColumn } from './column.js';
import { compact } from './compact.js';
import { requireDistinctNames } from './field-names.js';

/**
 * An Arrow IPC stream of a table or record batch, with its rows alone: a slice doesn't carry what it was cut from.
 *
 * @throws {SchemaError} naming a field whose name another one has.
 */
export function encode(value: Table | RecordBatch): Uint8Array {
  const { numRows } = value;
  const schema = writable(value.schema);
  const batches = Table.isTable(value) ? value.batches : [value];
  const compacted = batches.map(({ data, metadata }) => {
    const children = data.children.map((column) => compact(column, numRows));
    const rows = makeColumn(new Struct(schema.fields), data.length, 0, { children });
    return new RecordBatch(schema, rows as Data<Struct>, metadata);
  });
  return tableToIPC(new Table(schema, compacted));
}

/** A schema in which no two columns share a name or the id of a dictionary. */
function writable(schema: Schema): Schema {
  requireDistinctNames(schema);
  const ids = dictionaryIds(schema.fields);
  if (new Set(ids).size === ids.length) return schema;
  return new Schema(numberDictionaries(schema.fields), schema.metadata);
}

function dictionaryIds(fields: readonly Field[]): number[] {
  return fields.flatMap(({ type }) => {
    const ids = dictionaryIds(type.children ?? []);
    return DataType.isDictionary(type) ? [type.id, ...ids] : ids;
  });
}
