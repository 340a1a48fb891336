import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Batch } from '@spillway/core';
import { inParallel, inSlices, type KeyFiles, storageError } from '@spillway/core/node';

/** Where new values are until they replace the old ones; a name that no key's part has. */
export const STAGING_FOLDER = '%new';

/** From so many bytes on, a value is written by libuv's threads. */
const LARGE = 2 ** 20;

interface Staged {
  readonly key: string;
  readonly value: Uint8Array;
  readonly path: string;
}

/**
 * Replaces the values of keys: all are written beside the old ones first, so that a full disk changes
 * nothing, and then renamed, so that a crash leaves each key with its old or its new value. Its caller is
 * alone.
 *
 * @param replaced is told of each key when it has its new value.
 * @throws {StorageError}
 */
export async function replaceFiles(
  places: KeyFiles,
  { keys, values }: Batch<Uint8Array>,
  replaced: (key: string, path: string) => void,
): Promise<void> {
  const folder = `${places.root}/${STAGING_FOLDER}`;
  const staged = keys.map((key, i) => ({
    key,
    value: values[i] as Uint8Array,
    path: `${folder}/${i}`,
  }));
  removeStaged(places);
  try {
    try {
      mkdirSync(folder);
      await inSlices(staged, (one) => {
        if (one.value.length < LARGE) stageNow(one);
      });
      await inParallel(
        staged.filter(({ value }) => value.length >= LARGE),
        stageLater,
      );
    } catch (error) {
      const wanted = staged.reduce((sum, { value }) => sum + value.length, 0);
      throw storageError(error, 'write new values to', folder, { wanted });
    }
    await inSlices(staged, ({ key, path }) => replaced(key, put(path, key, places)));
  } finally {
    removeStaged(places);
  }
}

/** Removes what someone left who did not come to the end. */
export function removeStaged({ root }: KeyFiles): void {
  const folder = `${root}/${STAGING_FOLDER}`;
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch (error) {
    throw storageError(error, 'delete', folder);
  }
}

function stageNow({ path, value }: Staged): void {
  const fd = openSync(path, 'wx');
  try {
    for (let at = 0; at < value.length; ) at += writeSync(fd, value, at);
  } finally {
    closeSync(fd);
  }
}

async function stageLater({ path, value }: Staged): Promise<void> {
  const file: FileHandle = await open(path, 'wx');
  try {
    await file.writeFile(value);
  } finally {
    await file.close();
  }
}

/** @returns where the value is now. */
function put(from: string, key: string, places: KeyFiles): string {
  try {
    const place = places.place(key);
    renameSync(from, place);
    return place;
  } catch (error) {
    throw storageError(error, 'replace a value in', places.root, { key });
  }
}
