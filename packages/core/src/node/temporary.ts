import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { isGone, ownerName, parseOwner } from './owner.js';
import { storageError, systemCode } from './storage-error.js';

const NAME = /^spillway-[a-z]+-(.+)$/;

const swept = new Set<string>();

/** Options of {@link makeTemporary}. */
export interface TemporaryOptions {
  /** The directory to make it in. Default: `SPILLWAY_TMPDIR`, or else the system's. */
  readonly dir?: string | undefined;
}

/**
 * Makes a directory that only this user can read, named after this process; first, once for each place, it
 * sweeps away those of processes that are gone. Whoever made it deletes it, by {@link removeTemporary}.
 *
 * @param kind what it is for, in lower-case letters, as a part of its name.
 * @returns its absolute path.
 * @throws {StorageError} when it can't be made.
 */
export function makeTemporary(kind: string, { dir }: TemporaryOptions = {}): string {
  const place = temporaryPlace(dir);
  if (!swept.has(place)) {
    swept.add(place);
    sweepTemporary(place);
  }
  const path = join(place, `spillway-${kind}-${ownerName()}`);
  try {
    mkdirSync(place, { recursive: true });
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    throw storageError(error, 'make the temporary directory', path);
  }
  return path;
}

/** Deletes a directory of {@link makeTemporary} with all that is in it. @throws {StorageError} */
export async function removeTemporary(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 3, retryDelay: 20 });
  } catch (error) {
    throw storageError(error, 'delete the temporary directory', path);
  }
}

/**
 * Deletes the temporary directories of processes of this host that are gone. Those of other hosts and
 * containers are kept: nobody here can tell whether their process lives.
 *
 * @param dir where to look. Default as for {@link makeTemporary}.
 * @returns the paths deleted. One that can't be deleted, being another user's, is left alone.
 */
export function sweepTemporary(dir?: string): string[] {
  const place = temporaryPlace(dir);
  return list(place)
    .filter((name) => {
      const owner = parseOwner(NAME.exec(name)?.[1] ?? '');
      return owner !== undefined && isGone(owner) === true;
    })
    .map((name) => join(place, name))
    .filter(remove);
}

function temporaryPlace(dir: string | undefined): string {
  return resolve(dir ?? (process.env.SPILLWAY_TMPDIR || tmpdir()));
}

function list(place: string): string[] {
  try {
    return readdirSync(place);
  } catch (error) {
    if (systemCode(error) !== undefined) return [];
    throw error;
  }
}

function remove(path: string): boolean {
  try {
    rmSync(path, { recursive: true, force: true });
    return true;
  } catch (error) {
    if (systemCode(error) !== undefined) return false;
    throw error;
  }
}
