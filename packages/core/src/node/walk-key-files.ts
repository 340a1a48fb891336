import { type Dir, type Dirent, opendirSync } from 'node:fs';
import { continues, FOLDERS, keyOf, SELF, spelledBy } from './file-name.js';
import { storageError, systemCode } from './storage-error.js';

/** A key and the path of its file. */
export interface KeyFile {
  readonly key: string;
  readonly path: string;
}

interface Folder {
  readonly path: string;
  /** The names that lead here, as `keyOf` takes them. */
  readonly names: readonly string[];
  /** Whether this is a folder of folders, whose files are nobody's. */
  readonly aside: boolean;
}

/**
 * The files of all keys that begin with `prefix`, below a directory; others' files are passed over. Reads
 * on as it is asked, with one directory open at a time.
 *
 * @param visited gets the path of each folder entered, a folder before those in it.
 */
export function* walkKeyFiles(
  root: string,
  prefix: string,
  visited?: string[],
): Generator<KeyFile, void, void> {
  const folders: Folder[] = [{ path: root, names: [], aside: false }];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const directory = open(folder.path);
    if (directory === undefined) continue;
    visited?.push(folder.path);
    try {
      for (let entry = read(directory); entry !== null; entry = read(directory)) {
        const path = `${folder.path}/${entry.name}`;
        if (entry.isDirectory()) {
          const within = enter(folder, entry.name, path, prefix);
          if (within !== undefined) folders.push(within);
        } else if (entry.isFile() && !folder.aside) {
          const key = keyOf(entry.name === SELF ? folder.names : [...folder.names, entry.name]);
          if (key?.startsWith(prefix)) yield { key, path };
        }
      }
    } finally {
      directory.closeSync();
    }
  }
}

function open(path: string): Dir | undefined {
  try {
    return opendirSync(path, { bufferSize: 256 });
  } catch (error) {
    // A folder inside may have been deleted since it was listed.
    if (systemCode(error) === 'ENOENT') return undefined;
    throw storageError(error, 'list', path);
  }
}

function read(directory: Dir): Dirent | null {
  try {
    return directory.readSync();
  } catch (error) {
    throw storageError(error, 'list', directory.path);
  }
}

/** The folder of that name, if keys with the prefix may be in it. */
function enter(
  { names, aside }: Folder,
  name: string,
  path: string,
  prefix: string,
): Folder | undefined {
  if (name === FOLDERS) return aside ? undefined : { path, names, aside: true };
  const within = { path, names: [...names, name], aside: false };
  if (continues(name)) return within;
  const begin = spelledBy(within.names);
  if (begin === undefined) return undefined;
  return `${begin}/`.startsWith(prefix) || prefix.startsWith(`${begin}/`) ? within : undefined;
}
