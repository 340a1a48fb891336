import { readdirSync } from 'node:fs';
import { isGone, ownerName, parseOwner, storageError, systemCode } from '@spillway/core/node';
import { type Files, removeIfThere, writeDurably } from './files.js';

/** Where files are until they get their names; a name that no entry's file has. */
export const STAGING_FOLDER = '%new';

/** Files on their way. Each is called after the process that makes it, so that those of the dead can be swept. */
export class Staging {
  readonly #root: string;
  readonly #files: Files;

  constructor(root: string, files: Files) {
    this.#root = root;
    this.#files = files;
  }

  /**
   * Writes a file whose bytes are on the disk then.
   *
   * @returns its path, relative to the directory.
   * @throws the system's error; nothing is left then.
   */
  async write(pieces: readonly Uint8Array[]): Promise<string> {
    const place = `${STAGING_FOLDER}/${ownerName()}`;
    try {
      await writeDurably(this.#files, `${this.#root}/${place}`, pieces);
    } catch (error) {
      await this.discard(place);
      throw error;
    }
    return place;
  }

  /** Waits until the names of what was written are on the disk. */
  sync(): Promise<void> {
    return this.#files.syncDirectory(`${this.#root}/${STAGING_FOLDER}`);
  }

  /** Removes what was written and has got no name, after an error; if that fails as well, it is swept later. */
  async discard(place: string): Promise<void> {
    await removeIfThere(this.#files, `${this.#root}/${place}`).catch(() => {});
  }

  /** The paths of what those have left who are gone. */
  abandoned(): string[] {
    const folder = `${this.#root}/${STAGING_FOLDER}`;
    try {
      return readdirSync(folder)
        .filter((file) => {
          const owner = parseOwner(file);
          return owner !== undefined && isGone(owner) === true;
        })
        .map((file) => `${STAGING_FOLDER}/${file}`);
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return [];
      throw storageError(error, 'list', folder);
    }
  }
}
