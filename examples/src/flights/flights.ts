import { openAsBlob } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type RecordBatch, tableFromIPC } from 'apache-arrow';
import { ParquetFile } from 'parquet-wasm';

/** Three million domestic flights in the United States, as the npm package vega-datasets carries them. */
export const FLIGHTS_FILE = fileURLToPath(
  new URL('../data/flights-3m.parquet', import.meta.resolve('vega-datasets')),
) as `${string}.parquet`;

/** One row of the file. */
export interface Flight {
  /** Scheduled departure, in milliseconds since 1970. */
  readonly date: number;
  /** Late by so many minutes; early when negative. */
  readonly delay: number;
  /** Miles. */
  readonly distance: number;
  readonly origin: string;
  readonly destination: string;
}

/** Rows and row groups of the file, from its footer. */
export async function describeFlights(): Promise<{
  readonly rows: number;
  readonly rowGroups: number;
}> {
  const file = await ParquetFile.fromFile(await openAsBlob(FLIGHTS_FILE));
  const metadata = file.metadata();
  return { rows: metadata.fileMetadata().numRows(), rowGroups: metadata.numRowGroups() };
}

/** Record batches of at most `batchSize` rows, one row group of the file in memory at a time. */
export async function* readFlights(
  rowGroups: readonly number[],
  batchSize = 32_768,
): AsyncGenerator<RecordBatch> {
  const file = await ParquetFile.fromFile(await openAsBlob(FLIGHTS_FILE));
  for (const group of rowGroups) {
    const decoded = await file.read({ rowGroups: [group], batchSize });
    yield* tableFromIPC(decoded.intoIPCStream()).batches;
  }
}

/** The rows of a batch, column by column underneath: Arrow's own row proxies cost ten times as much. */
export function* toRows(batch: RecordBatch): Generator<Flight> {
  const column = (name: string) => {
    const vector = batch.getChild(name);
    if (!vector) throw new Error(`${FLIGHTS_FILE} has no column ${name}`);
    return vector;
  };
  const [date, delay, distance, origin, destination] = [
    column('date'),
    column('delay'),
    column('distance'),
    column('origin'),
    column('destination'),
  ];
  for (let i = 0; i < batch.numRows; i++) {
    yield {
      date: Number(date.get(i)),
      delay: Number(delay.get(i)),
      distance: Number(distance.get(i)),
      origin: String(origin.get(i)),
      destination: String(destination.get(i)),
    };
  }
}
