import {
  constants,
  mkdirSync,
  openSync,
  rmdirSync,
  type Stats,
  statSync,
  unlinkSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { FOLDERS, namesOf, SELF } from './file-name.js';
import { storageError, systemCode } from './storage-error.js';

const { O_APPEND, O_CREAT, O_RDWR } = constants;

/** Others make files and folders at the same time; what was looked at may be another thing when used. */
const ATTEMPTS = 100;

const ABSENT_IS_FINE = { throwIfNoEntry: false } as const;

/** A file opened for appending and reading. */
export interface Opened {
  readonly fd: number;
  readonly path: string;
}

/**
 * Finds and makes the files of keys below a directory.
 *
 * A name belongs to the file or to the folder that came first; the other one steps aside, as `file-name.ts`
 * says. The system decides who is first, so this needs no lock, and nothing is ever moved. Files and
 * folders disappear only while whoever deletes is alone.
 */
export class KeyFiles {
  readonly root: string;

  /** @param root an absolute path. */
  constructor(root: string) {
    this.root = root;
  }

  /** The path of the key's file; `undefined` when there is none. @throws {StorageError} */
  find(key: string): string | undefined {
    const names = namesOf(key);
    const plain = this.#plain(names);
    const stat = this.#stat(plain);
    if (stat?.isFile()) return plain;
    if (stat === undefined && names.length === 1) return undefined;
    const path = this.#place(names, false);
    return path !== undefined && this.#stat(path)?.isFile() ? path : undefined;
  }

  /** Where the key's file is, or would be if it were made now. @throws {StorageError} */
  where(key: string): string {
    const names = namesOf(key);
    return this.find(key) ?? this.#place(names, false) ?? this.#plain(names);
  }

  /** Where the key's file is to be; its folders are made. @throws the system's errors. */
  place(key: string): string {
    return this.#place(namesOf(key), true) as string;
  }

  /** Opens the key's file for appending and reading; made when absent. @throws the system's errors. */
  openToAppend(key: string): Opened {
    const names = namesOf(key);
    let path = this.#plain(names);
    for (let attempt = 0; ; attempt++) {
      try {
        return { fd: openSync(path, O_RDWR | O_APPEND | O_CREAT, 0o666), path };
      } catch (error) {
        const misplaced = ['EISDIR', 'ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '');
        if (!misplaced || attempt === ATTEMPTS) throw error;
        path = this.#place(names, true) as string;
      }
    }
  }

  /** Deletes a file. Its caller is alone. @throws {StorageError} */
  unlink(path: string): void {
    try {
      unlinkSync(path);
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw storageError(error, 'delete', path);
    }
  }

  /** Removes a folder, and those around it, as far as they are empty. Its caller is alone. */
  removeEmpty(folder: string): void {
    for (let path = folder; path.length > this.root.length; path = dirname(path)) {
      try {
        rmdirSync(path);
      } catch (error) {
        if (['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(systemCode(error) ?? '')) return;
        throw storageError(error, 'delete', path);
      }
    }
  }

  #plain(names: readonly string[]): string {
    return `${this.root}/${names.join('/')}`;
  }

  #place(names: readonly string[], make: boolean): string | undefined {
    let folder: string | undefined = this.root;
    for (const name of names.slice(0, -1)) {
      folder = this.#folder(folder, name, make);
      if (folder === undefined) return undefined;
    }
    const own = `${folder}/${names.at(-1)}`;
    return this.#stat(own)?.isDirectory() ? `${own}/${SELF}` : own;
  }

  #folder(parent: string, name: string, make: boolean): string | undefined {
    const own = `${parent}/${name}`;
    const aside = `${parent}/${FOLDERS}/${name}`;
    for (let attempt = 0; ; attempt++) {
      const stat = this.#stat(own);
      if (stat?.isDirectory()) return own;
      if (this.#stat(aside)?.isDirectory()) return aside;
      if (!make) return undefined;
      try {
        if (stat === undefined) {
          mkdirSync(own);
          return own;
        }
        mkdirUnlessThere(`${parent}/${FOLDERS}`);
        mkdirUnlessThere(aside);
      } catch (error) {
        if (systemCode(error) !== 'EEXIST' || attempt === ATTEMPTS) throw error;
      }
    }
  }

  /** What is at a path. That a file is where a folder would be means that nothing is. */
  #stat(path: string): Stats | undefined {
    try {
      return statSync(path, ABSENT_IS_FINE);
    } catch (error) {
      if (systemCode(error) === 'ENOTDIR') return undefined;
      throw storageError(error, 'look at', path);
    }
  }
}

function mkdirUnlessThere(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
  }
}
