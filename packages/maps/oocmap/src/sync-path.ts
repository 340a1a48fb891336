import { closeSync, fsyncSync, openSync } from 'node:fs';

/** Brings a file, or a directory's names, to the disk. */
export function syncPath(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
