import { concatBytes } from '@spillway/core';
import {
  AsyncByteQueue,
  type Data,
  DataType,
  type Field,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  Table,
} from 'apache-arrow';
import { numberDictionaries } from './children.js';
import { makeColumn } from './column.js';
import { compact } from './compact.js';
import { requireDistinctNames } from './readable.js';

/**
 * An Arrow IPC stream of a table or record batch, with its rows alone: a slice doesn't carry what it was cut from.
 *
 * @throws {SchemaError} naming a field whose name another one has.
 */
export function encode(value: Table | RecordBatch): Uint8Array {
  const schema = writable(value.schema);
  const pieces = new Pieces();
  const writer = new RecordBatchStreamWriter();
  writer.reset(pieces, schema);
  for (const batch of Table.isTable(value) ? value.batches : [value])
    writer.write(compactBatch(batch, schema, value.numRows));
  writer.finish();
  return concatBytes(pieces.written);
}

/** Where the library's writer puts what it writes. */
class Pieces extends AsyncByteQueue {
  readonly written: Uint8Array[] = [];

  override write(piece: Uint8Array): void {
    this.written.push(piece);
  }
}

function compactBatch(batch: RecordBatch, schema: Schema, rows: number): RecordBatch {
  const { data, metadata } = batch;
  const children = data.children.map((column) => compact(column, rows));
  if (batch.schema === schema && children.every((column, i) => column === data.children[i]))
    return batch;
  const compacted = makeColumn(new Struct(schema.fields), data.length, 0, { children });
  return new RecordBatch(schema, compacted as Data<Struct>, metadata);
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
