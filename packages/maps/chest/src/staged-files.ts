import {
  closeSync,
  fstatSync,
  futimesSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  unlinkSync,
  writev,
  writevSync,
} from 'node:fs';
import { promisify } from 'node:util';
import type { Payload } from '@spillway/core';
import { isGone, ownerName, parseOwner, storageError, systemCode } from '@spillway/core/node';
import { stampOf } from './stamp.js';

/** From so many bytes on, libuv's threads write. */
const LARGE = 2 ** 17;

/** So many pieces are handed over at once, which the system takes (IOV_MAX). */
const PIECES = 1024;

const writevLater = promisify(writev);

/** Tells a number from one whose digits it is a part of. */
let written = 0;

/**
 * Files on their way: written beside, then renamed, so that a path has the old bytes or the new ones, whenever a
 * process is killed. Each is called after the process that makes it, so that those of the dead can be swept.
 */
export class StagedFiles {
  readonly #folder: string;
  readonly #name = ownerName();

  /** @param folder an absolute path; the folder is made, and swept. @throws {StorageError} */
  constructor(folder: string) {
    this.#folder = folder;
    try {
      mkdirSync(folder, { recursive: true });
      for (const name of readdirSync(folder)) {
        const owner = parseOwner(name);
        if (owner !== undefined && isGone(owner) === true)
          rmSync(`${folder}/${name}`, { force: true });
      }
    } catch (error) {
      throw storageError(error, 'use the directory', folder);
    }
  }

  /**
   * Writes a file and gives it its path; at once where it is small.
   *
   * @param place gives the path, once the bytes are written.
   * @returns what tells it from any other file at that path. @throws {StorageError}
   */
  async write(payload: Payload, place: () => string): Promise<string> {
    const staged = `${this.#folder}/${this.#name}${(++written).toString(16)}`;
    const pieces = payload instanceof Uint8Array ? [payload] : payload;
    const wanted = pieces.reduce((sum, { length }) => sum + length, 0);
    try {
      return await writeTo(staged, pieces, wanted, place);
    } catch (error) {
      remove(staged);
      throw storageError(error, 'write', staged, { wanted });
    }
  }
}

async function writeTo(
  staged: string,
  pieces: readonly Uint8Array[],
  bytes: number,
  place: () => string,
): Promise<string> {
  const fd = openSync(staged, 'wx');
  try {
    let left = pieces.filter(({ length }) => length > 0);
    while (left.length > 0) {
      const some = left.slice(0, PIECES);
      left = after(
        left,
        bytes < LARGE ? writevSync(fd, some) : (await writevLater(fd, some)).bytesWritten,
      );
    }
    // File systems count time in steps of milliseconds; two writes must not have the same.
    const now = (performance.timeOrigin + performance.now()) / 1000;
    futimesSync(fd, now, now);
    const stamp = stampOf(fstatSync(fd, { bigint: true }));
    renameSync(staged, place());
    return stamp;
  } finally {
    closeSync(fd);
  }
}

function after(pieces: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let rest = bytes;
  const left = pieces.slice();
  while (left[0] !== undefined && left[0].length <= rest) rest -= left.shift()?.length ?? 0;
  if (left[0] !== undefined && rest > 0) left[0] = left[0].subarray(rest);
  return left;
}

/** After an error, which counts; what can't be removed now is swept later. */
function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
  }
}
