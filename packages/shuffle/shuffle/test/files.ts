import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Table, tableToIPC } from 'apache-arrow';
import { Table as ParquetTable, WriterPropertiesBuilder, writeParquet } from 'parquet-wasm';
import { type PlainRow, plain } from './data.js';

/** A table as a Parquet file, of row groups of so many rows. */
export function parquetFile(folder: string, table: Table, rowGroup = 1000) {
  const properties = new WriterPropertiesBuilder().setMaxRowGroupSize(rowGroup).build();
  const source = ParquetTable.fromIPCStream(tableToIPC(table, 'stream'));
  return written(folder, 'table.parquet', writeParquet(source, properties));
}

/** A table as an Arrow IPC file, or a stream. */
export function ipcFile(folder: string, table: Table, form: 'file' | 'stream' = 'file') {
  return written(folder, `${form}.arrow`, tableToIPC(table, form));
}

/** Rows as a CSV file. */
export function csvFile(folder: string, rows: readonly PlainRow[]) {
  const lines = [Object.keys(rows[0] ?? {}), ...rows.map((row) => Object.values(row))];
  return written(folder, 'rows.csv', lines.map((values) => `${values.join(',')}\n`).join(''));
}

/** Rows as a file with a JSON object in each line. */
export function ndjsonFile(folder: string, rows: readonly unknown[]) {
  return written(folder, 'rows.ndjson', rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
}

/** The rows of a table as CSV readers give them. */
export function asText(table: Table): PlainRow[] {
  return plain(table).map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value)])),
  );
}

/** Writes a file; gives its path. */
export function written<E extends string>(
  folder: string,
  name: `${string}.${E}`,
  content: Uint8Array | string,
): `${string}.${E}` {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path as `${string}.${E}`;
}
