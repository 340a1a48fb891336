import { openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import { decode } from '@spillway/arrow/ipc';
import { CorruptError } from '@spillway/core';
import { storageError } from '@spillway/core/node';
import { RecordBatch } from 'apache-arrow';
import type { ParquetFile } from 'parquet-wasm';
import type { Share, Shares } from './files.js';

/** Rows of a batch: with more, the library is no faster. */
const BATCH_ROWS = 131_072;

/**
 * The row groups of a Parquet file.
 *
 * @throws {StorageError} @throws {CorruptError} naming the file.
 */
export async function parquetShares(path: string): Promise<Shares> {
  const file = await open(path);
  try {
    const metadata = file.metadata();
    const rowGroups = metadata.numRowGroups();
    const shares = Array.from({ length: rowGroups }, (_, rowGroup) => ({ path, rowGroup }));
    // A file without row groups has a schema all the same.
    const total = metadata.fileMetadata().numRows();
    return { shares: rowGroups === 0 ? [{ path }] : shares, total };
  } finally {
    file.free();
  }
}

/**
 * The batches of a row group. Only that group is in memory.
 *
 * @throws {StorageError} @throws {CorruptError} naming the file and the row group.
 */
export async function* readParquet({ path, rowGroup }: Share): AsyncGenerator<RecordBatch> {
  const file = await open(path);
  try {
    const { schema, batches } = decode(await readGroup(file, path, rowGroup));
    if (batches.length === 0) yield new RecordBatch(schema);
    yield* batches;
  } finally {
    file.free();
  }
}

async function readGroup(
  file: ParquetFile,
  path: string,
  rowGroup: number | undefined,
): Promise<Uint8Array> {
  const rowGroups = rowGroup === undefined ? {} : { rowGroups: [rowGroup] };
  try {
    const table = await file.read({ ...rowGroups, batchSize: BATCH_ROWS });
    return table.intoIPCStream();
  } catch (cause) {
    throw damaged(path, `row group ${rowGroup ?? 0}`, cause);
  }
}

async function open(path: string): Promise<ParquetFile> {
  try {
    await stat(path);
  } catch (error) {
    throw storageError(error, 'read', path);
  }
  // Compiling the library's WebAssembly is for those who need it.
  const { ParquetFile } = await import('parquet-wasm');
  try {
    return await ParquetFile.fromFile(await openAsBlob(path));
  } catch (cause) {
    throw damaged(path, 'the footer', cause);
  }
}

function damaged(path: string, place: string, cause: unknown): CorruptError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new CorruptError(
    `${place} of the Parquet file ${path} can't be read: ${reason}; is it cut off or damaged?`,
    { path, cause },
  );
}
