import { access, constants } from 'node:fs/promises';
import { CorruptError } from '@spillway/core';
import { storageError } from '@spillway/core/node';
import type { ParquetFailure } from './parquet-file.js';

/** The error of a file that couldn't be read: a {@link StorageError} where the system says why, else a {@link CorruptError}. */
export async function parquetError({ path, place, reason }: ParquetFailure): Promise<unknown> {
  try {
    await access(path, constants.R_OK);
  } catch (error) {
    return storageError(error, 'read', path);
  }
  return new CorruptError(
    `${place} of the Parquet file ${path} can't be read: ${reason}; is it cut off or damaged?`,
    { path },
  );
}
