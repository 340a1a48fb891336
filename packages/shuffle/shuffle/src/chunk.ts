import { RecordBatch, type Schema, Table } from 'apache-arrow';

/** A row as an object. */
export type RowObject = { readonly [column: string]: unknown };

/** Rows as they come in: in columns, or as objects. */
export type Chunk = RecordBatch | readonly RowObject[];

/** Of what a job's rows are made, and its partitions with them. */
export type Kind = 'tables' | 'rows';

export function isBatch(value: unknown): value is RecordBatch {
  return RecordBatch.isRecordBatch(value);
}

export function isTable(value: unknown): value is Table {
  return Table.isTable(value);
}

/** Rows of a chunk. */
export function rowsOf(chunk: Chunk): number {
  return isBatch(chunk) ? chunk.numRows : chunk.length;
}

/** A batch without rows, which tells the schema. */
export function emptyBatch(schema: Schema): RecordBatch {
  return new RecordBatch(schema, undefined);
}
