import { type Dirent, readdirSync, type Stats, statSync } from 'node:fs';
import { storageError, systemCode } from '@spillway/core/node';
import { nameOf, stemOf } from './entry-name.js';

/** The ending of metadata's files. Codecs that write JSON have another one. */
export const META_SUFFIX = 'json';

/** What a file of an entry is, by its name. */
export interface EntryFile {
  /** The entry's. */
  readonly name: string;
  /** What follows the first dot of the file's name: `npy`, `msgpack.zst`, `json`. */
  readonly suffix: string;
  /** Relative to the directory, with forward slashes. */
  readonly path: string;
}

/** The path of an entry's file with this ending, relative to the directory. */
export function pathOf(name: string, suffix: string): string {
  return `${stemOf(name)}.${suffix}`;
}

/** The files of an entry: its data and metadata, if they are there. */
export function filesOf(root: string, name: string): EntryFile[] {
  const stem = stemOf(name);
  const slash = stem.lastIndexOf('/') + 1;
  const folder = stem.slice(0, slash);
  const begin = `${stem.slice(slash)}.`;
  return list(`${root}/${folder}`)
    .filter((entry) => entry.name.startsWith(begin) && !entry.isDirectory())
    .map((entry) => ({
      name,
      suffix: entry.name.slice(begin.length),
      path: folder + entry.name,
    }));
}

/**
 * The files of all entries whose names begin with `prefix`; others' files are passed over.
 *
 * @param entered gets the path of each folder looked into.
 */
export function* walk(
  root: string,
  prefix: string,
  entered?: (path: string) => void,
): Generator<EntryFile, void, void> {
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    entered?.(`${root}/${folder}`);
    for (const entry of list(`${root}/${folder}`)) {
      const dot = entry.name.indexOf('.');
      if (entry.isDirectory()) {
        if (dot < 0 && !OWN_FOLDER.test(entry.name)) folders.push(`${folder}${entry.name}/`);
      } else if (dot > 0) {
        const name = nameOf(folder + entry.name.slice(0, dot));
        const suffix = entry.name.slice(dot + 1);
        if (name?.startsWith(prefix)) yield { name, suffix, path: folder + entry.name };
      }
    }
  }
}

/** What the system knows of a file; `undefined` when it is gone. */
export function statOf(root: string, path: string): Stats | undefined {
  try {
    return statSync(`${root}/${path}`, { throwIfNoEntry: false });
  } catch (error) {
    throw storageError(error, 'look at', `${root}/${path}`);
  }
}

/** `%lock`, `%new`, `%journal`: a `%` that no hexadecimal digits follow. A longer name's piece ends with `%-`. */
const OWN_FOLDER = /^%(?![0-9A-F]{2}|_)/;

function list(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw storageError(error, 'list', folder);
  }
}
