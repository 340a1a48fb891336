import { fchmodSync, fstatSync } from 'node:fs';
import { systemCode } from '@spillway/core/node';

/** No write takes longer than this, in ms; a file that was not changed since then is not being written to. */
const LONGEST_WRITE = 10_000;

/** So often it is tried at once to find a moment between two writes, each time some 5 µs. */
const TRIES = 100;

/**
 * A file's size at a moment when no append is under way; `undefined` when there was none. While others
 * write, the size passes through values where half an append is there. Writing locks the file's inode for
 * the whole call, and so does setting its mode; so if the size is the same before and after the mode was
 * set to what it is, no write was under way when the size was taken first.
 */
export function settledSize(fd: number): number | undefined {
  let { size, mode, mtimeMs } = fstatSync(fd);
  if (mtimeMs < Date.now() - LONGEST_WRITE) return size;
  for (let i = 0; i < TRIES; i++) {
    waitForWriter(fd, mode);
    const after = fstatSync(fd).size;
    if (after === size) return size;
    size = after;
  }
  return undefined;
}

function waitForWriter(fd: number, mode: number): void {
  try {
    fchmodSync(fd, mode & 0o7777);
  } catch (error) {
    // Refused to all but the owner, after the inode was locked; on a read-only file system nobody writes.
    if (!['EPERM', 'EROFS'].includes(systemCode(error) ?? '')) throw error;
  }
}
