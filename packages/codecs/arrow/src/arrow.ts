import {
  allocate,
  Encode,
  type Entries,
  type Key,
  quote,
  SchemaError,
  type Store,
  typeName,
} from '@spillway/core';
import { RecordBatch, Table } from 'apache-arrow';
import { decode, decodeFrame } from './decode.js';
import { encodePieces } from './encode.js';
import { EncodedBatch } from './encoded-batch.js';
import { join } from './join.js';

/** What the codec takes: what has been encoded already comes from kernels. */
type Value = Table | RecordBatch | EncodedBatch;

/** What {@link Arrow} makes: takes tables and record batches, gives tables. */
export interface ArrowStore extends Store<Table> {
  append(entries: Entries<Table | RecordBatch>): Promise<void>;
  set(entries: Entries<Table | RecordBatch>): Promise<void>;
  iset(key: Key, value: Table | RecordBatch): Promise<void>;
}

/**
 * Apache Arrow tables (https://arrow.apache.org/docs/format/Columnar.html), joined by concatenating their record
 * batches. Each frame is one Arrow IPC stream, which all Arrow libraries read and write.
 *
 * The tables of a key need not have equal schemas, but ones that can be unified: the order of fields and of a
 * struct's members, nullability, the null type and the width of integers may differ. Anything else is a
 * {@link SchemaError} that names the field: at `append` where one call brings both, at `get` otherwise. What was
 * stored can still be read part by part with `stream`.
 *
 * @param store the byte store to wrap.
 * @throws {TypeError} when `store` holds no bytes.
 */
export function Arrow(store: Store): ArrowStore {
  const codec = { name: 'Arrow', check, encode, decode: decodeFrame, join: joinAll };
  return Encode<Value>(codec, store) as Store<unknown> as ArrowStore;
}

function encode(value: Value): readonly Uint8Array[] | EncodedBatch {
  return value instanceof EncodedBatch ? value : encodePieces(value);
}

function joinAll(values: Value[]): Table {
  return join(values.map((value) => (value instanceof EncodedBatch ? decoded(value) : value)));
}

function decoded(batch: EncodedBatch): Table {
  const bytes = allocate(batch.length);
  batch.copyTo(bytes, 0);
  return decode(bytes);
}

function check(value: unknown, key: string): asserts value is Value {
  if (
    !(Table.isTable(value) || RecordBatch.isRecordBatch(value) || value instanceof EncodedBatch)
  ) {
    throw new SchemaError(
      `the value of key ${quote(key)} must be an Arrow table or record batch, not ${typeName(value)}`,
      { key },
    );
  }
}
