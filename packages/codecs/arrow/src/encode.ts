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
import { flatMessage } from './flat.js';
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
  if (messages.includes(undefined)) return write(schema, compacted);
  return [schemaMessage(schema, write), ...(messages as Uint8Array[][]).flat(), END];
}

/** {@link encodePieces}, in one piece. */
export function encode(value: Table | RecordBatch): Uint8Array {
  return concatBytes(encodePieces(value));
}

/** A stream as the library's writer writes it. */
function write(schema: Schema, batches: readonly RecordBatch[]): readonly Uint8Array[] {
  const pieces = new Pieces();
  const writer = new RecordBatchStreamWriter();
  writer.reset(pieces, schema);
  for (const batch of batches) writer.write(batch);
  writer.finish();
  return pieces.written;
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
