import { openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import { CorruptError } from '@spillway/core';
import { storageError } from '@spillway/core/node';
import { ParquetFile } from 'parquet-wasm';

/*
 * Where a file is damaged, parquet-wasm may panic: it throws past its promise, which then never settles. So this runs
 * in threads of ours alone, which are lost then and say so (see `onPanic`).
 */

/** Rows of a batch: with more, the library is no faster. */
const BATCH_ROWS = 131_072;

/** What a Parquet file's footer tells. */
export interface ParquetFooter {
  readonly rows: number;
  readonly rowGroups: number;
}

/** What is being read, for the message of a panic. */
let reading = { path: '', place: '' };

/** @throws {StorageError} @throws {CorruptError} naming the file. */
export async function readFooter(path: string): Promise<ParquetFooter> {
  using file = await open(path);
  const metadata = file.metadata();
  return { rows: metadata.fileMetadata().numRows(), rowGroups: metadata.numRowGroups() };
}

/**
 * A row group as an Arrow IPC stream; of a file that has none, its schema.
 *
 * @throws {StorageError} @throws {CorruptError} naming the file and the row group.
 */
export async function readRowGroup(path: string, rowGroup: number): Promise<Uint8Array> {
  using file = await open(path);
  const rowGroups = file.metadata().numRowGroups() > 0 ? [rowGroup] : [];
  reading = { path, place: `row group ${rowGroup}` };
  try {
    const table = await file.read({ rowGroups, batchSize: BATCH_ROWS });
    return table.intoIPCStream();
  } catch (cause) {
    throw damaged(cause);
  }
}

/** Tells when the library panicked, from inside a thread of ours. */
export function onPanic(tell: (error: CorruptError) => void): void {
  process.on('uncaughtException', (cause) => tell(damaged(cause)));
}

async function open(path: string): Promise<ParquetFile> {
  try {
    await stat(path);
  } catch (error) {
    throw storageError(error, 'read', path);
  }
  reading = { path, place: 'the footer' };
  try {
    return await ParquetFile.fromFile(await openAsBlob(path));
  } catch (cause) {
    throw damaged(cause);
  }
}

function damaged(cause: unknown): CorruptError {
  const { path, place } = reading;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new CorruptError(
    `${place} of the Parquet file ${path} can't be read: ${reason}; is it cut off or damaged?`,
    { path, cause },
  );
}
