import { concatBytes } from '@spillway/core';
import { type Data, DataType, type Field, RecordBatch, Schema, Struct, Table } from 'apache-arrow';
import { numberDictionaries } from './children.js';
import { makeColumn } from './column.js';
import { compact } from './compact.js';
import { flatMessage } from './flat.js';
import { writeStream } from './library-writer.js';
import { requireDistinctNames } from './readable.js';
import { END, schemaMessage } from './schema-message.js';

/**
 * An Arrow IPC stream of a table or record batch, in pieces, with its rows alone: a slice doesn't carry what it was cut
 * from. Pieces may be views of the columns.
 *
 * @throws {SchemaError} naming a field whose name another one has.
 */
export function encodePieces(value: Table | RecordBatch): readonly Uint8Array[] {
  const schema = writable(value.schema);
  const batches = Table.isTable(value) ? value.batches : [value];
  const compacted = batches.map((batch) => compactBatch(batch, schema, value.numRows));
  const messages = schema.dictionaries.size > 0 ? [undefined] : compacted.map(flatMessage);
  if (messages.includes(undefined)) return writeStream(schema, compacted);
  return [schemaMessage(schema), ...(messages as Uint8Array[][]).flat(), END];
}

/** {@link encodePieces}, in one piece. */
export function encode(value: Table | RecordBatch): Uint8Array {
  return concatBytes(encodePieces(value));
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
