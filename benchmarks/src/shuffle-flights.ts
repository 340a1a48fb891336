import { openAsBlob, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Table, tableFromIPC } from 'apache-arrow';
import { ParquetFile } from 'parquet-wasm';

/** Three million flights, as the npm package vega-datasets carries them. */
export const FLIGHTS_FILE = fileURLToPath(
  new URL('../data/flights-3m.parquet', import.meta.resolve('vega-datasets')),
) as `${string}.parquet`;

export const FLIGHTS = 3_000_000;

/** The flights as columns: four of 64 bits each, counting offsets, and two of text. */
export async function loadFlights(): Promise<Table> {
  const file = await ParquetFile.fromFile(await openAsBlob(FLIGHTS_FILE));
  const decoded = await file.read({ batchSize: 131_072 });
  return tableFromIPC(decoded.intoIPCStream());
}

/** Writes the flights' columns as raw numbers and letters, for peers without a reader of Parquet. */
export function writeColumns(flights: Table, folder: string): void {
  for (const name of ['date', 'delay', 'distance', 'origin', 'destination']) {
    const parts = flights.getChild(name)?.data ?? [];
    const bytes = parts.map(({ values }) =>
      Buffer.from(values.buffer, values.byteOffset, values.byteLength),
    );
    writeFileSync(join(folder, name), Buffer.concat(bytes));
  }
}
