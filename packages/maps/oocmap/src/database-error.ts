import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { getSystemErrorName } from 'node:util';
import { CorruptError, StorageError } from '@spillway/core';
import { storageError } from '@spillway/core/node';

/** What LMDB gives for a file that it can't make sense of: CORRUPTED, PAGE_NOTFOUND, INVALID, VERSION_MISMATCH. */
const DAMAGED = [-30797, -30796, -30794, -30793];
/** A file system with less room than this has none. */
const NO_ROOM_BYTES = 65_536;

/** Turns an error of LMDB into one of ours with the path in the message; any other is given back as it is. */
export function databaseError(error: unknown, doing: string, path: string): unknown {
  if (!isLmdbError(error)) return storageError(error, doing, path);
  const { code, message } = error;
  const details = { path, cause: error };
  if (DAMAGED.includes(code))
    return new CorruptError(`can't ${doing} ${path}: ${message}`, details);
  if (code < 0) return new StorageError(`can't ${doing} ${path}: ${message}`, details);
  let name = getSystemErrorName(-code);
  // LMDB's word for a write that a full disk took a part of.
  if (name === 'EIO' && !hasRoom(path)) name = 'ENOSPC';
  return storageError(Object.assign(error, { code: name, syscall: doing }), doing, path);
}

function isLmdbError(error: unknown): error is { readonly code: number; readonly message: string } {
  return (
    typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'number'
  );
}

function hasRoom(path: string): boolean {
  const { bavail, bsize } = statfsSync(dirname(path));
  return bavail * bsize >= NO_ROOM_BYTES;
}
