import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { type ErrorDetails, StorageError } from '../errors.js';

/** What the commonest codes mean, and what to do. */
const REASONS: { readonly [code: string]: string } = {
  EACCES: 'permission denied',
  EDQUOT: 'the quota is used up',
  EEXIST: 'something else is there',
  EIO: 'the device reports an error',
  EISDIR: 'it is a directory',
  EMFILE: 'this process has too many open files',
  ENAMETOOLONG: 'the path is too long',
  ENFILE: 'the system has too many open files',
  ENOENT: 'it does not exist',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'there is a file where a directory should be',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
};

/**
 * Turns an error of the system into a {@link StorageError} with its `code` and the path in the message; any
 * other error is given back as it is. When the disk is full, `free` is filled in.
 *
 * @param error what was caught.
 * @param doing what failed, as a verb: `write`, `read`.
 * @param path the file or directory concerned.
 * @param details further fields; `wanted` is the number of bytes that were to be written.
 */
export function storageError(
  error: unknown,
  doing: string,
  path: string,
  details: Omit<ErrorDetails, 'path' | 'cause'> = {},
): unknown {
  const code = systemCode(error);
  if (code === undefined) return error;
  let message = `can't ${doing} ${path}: ${REASONS[code] ?? (error as Error).message} (${code})`;
  const { wanted } = details;
  const free = code === 'ENOSPC' ? freeBytes(path) : undefined;
  if (wanted !== undefined) message += `; ${wanted} bytes wanted`;
  if (free !== undefined)
    message += `${wanted === undefined ? ';' : ','} ${free} bytes free; make room and try again`;
  return new StorageError(message, {
    ...details,
    ...(free === undefined ? {} : { free }),
    code,
    path,
    cause: error,
  });
}

/** The system's code of an error, such as `ENOENT`; `undefined` for an error that is not the system's. */
export function systemCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('syscall' in error)) return undefined;
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Bytes free for this user where `path` is, or would be; `undefined` where nobody says. */
function freeBytes(path: string): number | undefined {
  for (let place = path; ; place = dirname(place)) {
    try {
      const { bavail, bsize } = statfsSync(place);
      return bavail * bsize;
    } catch {
      if (place === dirname(place)) return undefined;
    }
  }
}
