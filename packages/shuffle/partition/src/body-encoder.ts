import { BatchEncoder, type EncodedBatch, encodeBatch } from '@spillway/arrow/ipc';
import { Data, RecordBatch, type Schema, Struct } from 'apache-arrow';
import type { Body } from './body.js';
import { loadBody } from './load-body.js';

/** Encodes bodies of one schema: straight from the pages, or those with dictionaries or views by the library. */
export class BodyEncoder {
  readonly #schema: Schema;
  readonly #type: Struct;
  readonly #straight: BatchEncoder;

  /** @throws {SchemaError} naming a field whose name another one has. */
  constructor(schema: Schema) {
    this.#schema = schema;
    this.#type = new Struct(schema.fields);
    this.#straight = new BatchEncoder(schema);
  }

  encode(body: Body): EncodedBatch {
    if (body.dictionaries === undefined && body.variadicBufferCounts.length === 0)
      return this.#straight.encode(body);
    const columns = loadBody(this.#schema.fields, body);
    const rows = new Data(this.#type, 0, body.rows, 0, undefined, columns);
    return encodeBatch(new RecordBatch(this.#schema, rows));
  }
}
