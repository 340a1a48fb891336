import {
  closeSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  type Stats,
  statSync,
  unlinkSync,
  utimesSync,
} from 'node:fs';
import { storageError, systemCode } from './storage-error.js';

/** The last one to leave removes the folder, perhaps again and again just when it was made. */
const ATTEMPTS = 100;

const ABSENT_IS_FINE = { throwIfNoEntry: false } as const;

/**
 * The empty files of one folder, whose names are all that counts. What is absent is no error; everything
 * else that the system refuses is a `StorageError`.
 */
export class SmallFiles {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  names(): string[] {
    return this.#try([], () => readdirSync(this.path));
  }

  has(name: string): boolean {
    return this.#try(undefined, () => statSync(this.#at(name), ABSENT_IS_FINE)) !== undefined;
  }

  stat(name: string): Stats | undefined {
    return this.#try(undefined, () => lstatSync(this.#at(name), ABSENT_IS_FINE));
  }

  /** Whether two names are of one file. */
  same(name: string, other: string): boolean {
    const inode = this.stat(name)?.ino;
    return inode !== undefined && inode === this.stat(other)?.ino;
  }

  /** Makes a file, and the folder when it isn't there. @returns whether the folder was. */
  make(name: string): boolean {
    for (let attempt = 0; ; attempt++) {
      try {
        closeSync(openSync(this.#at(name), 'wx'));
        return attempt === 0;
      } catch (error) {
        if (systemCode(error) !== 'ENOENT' || attempt === ATTEMPTS) throw this.#failure(error);
      }
      try {
        mkdirSync(this.path);
      } catch (error) {
        if (systemCode(error) !== 'EEXIST') throw this.#failure(error);
      }
    }
  }

  /** @returns `false` when there is no such file. */
  rename(name: string, to: string): boolean {
    return this.#try(false, () => {
      renameSync(this.#at(name), this.#at(to));
      return true;
    });
  }

  /** Gives a file a second name. @returns the system's code when it can't have it: `EEXIST`, `ENOENT`, `ENOSPC`. */
  link(name: string, second: string): string | undefined {
    try {
      linkSync(this.#at(name), this.#at(second));
      return undefined;
    } catch (error) {
      const code = systemCode(error) ?? '';
      if (['EEXIST', 'ENOENT', 'ENOSPC'].includes(code)) return code;
      throw this.#failure(error);
    }
  }

  remove(name: string): void {
    this.#try(undefined, () => unlinkSync(this.#at(name)));
  }

  /** Gives a file the present time. */
  touch(name: string): void {
    const now = new Date();
    this.#try(undefined, () => utimesSync(this.#at(name), now, now));
  }

  /** Removes the folder, unless something is in it. */
  removeFolder(): void {
    try {
      rmdirSync(this.path);
    } catch (error) {
      if (['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(systemCode(error) ?? '')) return;
      throw this.#failure(error);
    }
  }

  #at(name: string): string {
    return `${this.path}/${name}`;
  }

  #try<T>(absent: T, work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return absent;
      throw this.#failure(error);
    }
  }

  #failure(error: unknown): unknown {
    return storageError(error, 'lock', this.path);
  }
}
