import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { storageError } from './storage-error.js';

/**
 * Makes a directory, and those around it, when it isn't there.
 *
 * @returns its absolute path.
 * @throws {StorageError} when it can't be made, or a file is there.
 */
export function makeDirectory(path: string): string {
  const absolute = resolve(path);
  try {
    mkdirSync(absolute, { recursive: true });
  } catch (error) {
    throw storageError(error, 'make the directory', absolute);
  }
  return absolute;
}
