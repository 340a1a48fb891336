import { closeSync, fstatSync, openSync, read, readSync } from 'node:fs';
import { promisify } from 'node:util';
import { allocate } from '@spillway/core';
import { type KeyFiles, storageError, systemCode } from '@spillway/core/node';
import type { Found } from './shelf.js';
import { stampOf } from './stamp.js';

/** From so many bytes on, libuv's threads read. */
const LARGE = 2 ** 17;

const readLater = promisify(read);

/** The bytes of a key's file, read in whole; `undefined` when there is none. @throws {StorageError} */
export async function readFile(places: KeyFiles, key: string): Promise<Found | undefined> {
  const path = places.find(key);
  if (path === undefined) return undefined;
  try {
    const fd = openSync(path, 'r');
    try {
      const stat = fstatSync(fd, { bigint: true });
      const bytes = allocate(Number(stat.size));
      await fill(fd, bytes);
      return { bytes, stamp: stampOf(stat) };
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    // Deleted since it was found.
    if (systemCode(error) === 'ENOENT') return undefined;
    throw storageError(error, 'read', path, { key });
  }
}

/** Files are replaced, never changed, so they have as many bytes as they say. */
async function fill(fd: number, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const left = bytes.length - at;
    const count =
      bytes.length < LARGE
        ? readSync(fd, bytes, at, left, at)
        : (await readLater(fd, bytes, at, left, at)).bytesRead;
    if (count === 0) throw new RangeError(`a file of ${bytes.length} bytes ended after ${at}`);
    at += count;
  }
}
