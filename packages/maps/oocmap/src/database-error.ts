import { getSystemErrorName } from 'node:util';
import { CorruptError, SpillwayError, StorageError } from '@spillway/core';
import { storageError } from '@spillway/core/node';

/** What LMDB gives for a file that it can't make sense of: CORRUPTED, PAGE_NOTFOUND, INVALID, VERSION_MISMATCH. */
const DAMAGED = [-30797, -30796, -30794, -30793];

/** Turns an error of LMDB into one of ours with the path in the message; any other is given back as it is. */
export function databaseError(error: unknown, doing: string, path: string): unknown {
  if (error instanceof SpillwayError || !(error instanceof Error)) return error;
  const { code } = error as { code?: unknown };
  if (typeof code !== 'number') return storageError(error, doing, path);
  if (DAMAGED.includes(code))
    return new CorruptError(`can't ${doing} ${path}: ${error.message}`, { path, cause: error });
  if (code < 0)
    return new StorageError(`can't ${doing} ${path}: ${error.message}`, { path, cause: error });
  const name = getSystemErrorName(-code);
  return storageError(Object.assign(error, { code: name, syscall: doing }), doing, path);
}
