import { closeSync, fstatSync, openSync, read, readSync } from 'node:fs';
import { promisify } from 'node:util';
import { allocate } from '@spillway/core';
import { inParallel, type KeyFiles, storageError, systemCode } from '@spillway/core/node';
import type { Found } from './shelf.js';
import { stampOf } from './stamp.js';

/** From so many bytes on, libuv's threads read. */
const LARGE = 2 ** 17;

/** A large file is read in so many parts. */
const PARTS = 2;

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
  if (bytes.length < LARGE) return fillNow(fd, bytes);
  // Most of the time goes into copying, which several threads do faster than one.
  const part = Math.max(Math.ceil(bytes.length / PARTS), LARGE);
  const starts = Array.from({ length: Math.ceil(bytes.length / part) }, (_, i) => i * part);
  await inParallel(
    starts,
    (at) => fillLater(fd, bytes, at, Math.min(at + part, bytes.length)),
    PARTS,
  );
}

function fillNow(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    const count = readSync(fd, bytes, at, bytes.length - at, at);
    if (count === 0) throw endsEarly(bytes, at);
    at += count;
  }
}

async function fillLater(fd: number, bytes: Uint8Array, from: number, to: number): Promise<void> {
  for (let at = from; at < to; ) {
    const { bytesRead } = await readLater(fd, bytes, at, to - at, at);
    if (bytesRead === 0) throw endsEarly(bytes, at);
    at += bytesRead;
  }
}

function endsEarly({ length }: Uint8Array, at: number): RangeError {
  return new RangeError(`a file of ${length} bytes ended after ${at}`);
}
