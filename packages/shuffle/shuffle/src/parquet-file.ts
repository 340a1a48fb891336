import { openAsBlob } from 'node:fs';
import { initSync, ParquetFile } from 'parquet-wasm/esm';
import type { ParquetLibrary } from './parquet-library.js';
import type { Share } from './share.js';

/*
 * Where a file is damaged, parquet-wasm may panic: it throws past its promise, which then never settles. So this runs
 * in threads of ours alone, which are lost then and say so (see `onPanic`). It imports no more than it needs, since a
 * thread that only reads should start fast.
 */

/** Rows of a batch: with more, the library is no faster. */
const BATCH_ROWS = 131_072;

/** What a Parquet file's footer tells. */
export interface ParquetFooter {
  readonly rows: number;
  readonly rowGroups: number;
}

/** What could not be read. */
export interface ParquetFailure {
  readonly path: string;
  readonly place: string;
  readonly reason: string;
}

let reading = { path: '', place: '' };

/** Must be called before anything is read; later calls do nothing. */
export function useLibrary(library: ParquetLibrary): void {
  initSync({ module: library });
}

export async function readFooter(path: string): Promise<ParquetFooter> {
  using file = await open(path);
  const metadata = file.metadata();
  return { rows: metadata.fileMetadata().numRows(), rowGroups: metadata.numRowGroups() };
}

/** A row group as an Arrow IPC stream; of a file that has none, its schema. */
export async function readRowGroup({ path, rowGroup = 0 }: Share): Promise<Uint8Array> {
  using file = await open(path);
  const rowGroups = file.metadata().numRowGroups() > 0 ? [rowGroup] : [];
  reading = { path, place: `row group ${rowGroup}` };
  const table = await file.read({ rowGroups, batchSize: BATCH_ROWS });
  return table.intoIPCStream();
}

/** What it was that failed when the last call threw. */
export function whatFailed(cause: unknown): ParquetFailure {
  return { ...reading, reason: cause instanceof Error ? cause.message : String(cause) };
}

/** Tells when the library panicked, from inside a thread of ours. */
export function onPanic(tell: (cause: unknown) => void): void {
  process.on('uncaughtException', tell);
}

async function open(path: string): Promise<ParquetFile> {
  reading = { path, place: 'the footer' };
  return ParquetFile.fromFile(await openAsBlob(path));
}
