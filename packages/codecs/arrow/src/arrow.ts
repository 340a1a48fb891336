import {
  Encode,
  type Entries,
  type Key,
  quote,
  SchemaError,
  type Store,
  typeName,
} from '@spillway/core';
import { RecordBatch, Table } from 'apache-arrow';
import { decode } from './decode.js';
import { encodePieces } from './encode.js';
import { join } from './join.js';

/** What {@link Arrow} makes: takes tables and record batches, gives tables. */
export interface ArrowStore extends Store<Table> {
  append(entries: Entries<Table | RecordBatch>): Promise<void>;
  set(entries: Entries<Table | RecordBatch>): Promise<void>;
  iset(key: Key, value: Table | RecordBatch): Promise<void>;
}

/**
 * Apache Arrow tables (https://arrow.apache.org/docs/format/Columnar.html), joined by concatenating their record
 * batches. Each frame is one Arrow IPC stream, as any Arrow library reads and writes it.
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
  const codec = { name: 'Arrow', check, encode: encodePieces, decode, join };
  return Encode<Table | RecordBatch>(codec, store) as Store<unknown> as ArrowStore;
}

function check(value: unknown, key: string): asserts value is Table | RecordBatch {
  if (!Table.isTable(value) && !RecordBatch.isRecordBatch(value)) {
    throw new SchemaError(
      `the value of key ${quote(key)} must be an Arrow table or record batch, not ${typeName(value)}`,
      { key },
    );
  }
}
