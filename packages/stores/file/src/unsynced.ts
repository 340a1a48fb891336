import { close, constants, fsync, open } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { inParallel, storageError, systemCode, walkKeyFiles } from '@spillway/core/node';

/** With more paths than this to remember, everything there is gets synchronised. */
const MAX_PATHS = 16_384;

const openLater = promisify(open);
const fsyncLater = promisify(fsync);
const closeLater = promisify(close);

/** Which files were changed since they were last made durable; in bounded memory. */
export class Unsynced {
  readonly #root: string;
  #paths = new Set<string>();
  #all = false;
  #rootIsDurable = false;

  constructor(root: string) {
    this.#root = root;
  }

  /** Notes that a file was written, made or deleted. */
  note(path: string): void {
    if (this.#all) return;
    this.#paths.add(path);
    if (this.#paths.size > MAX_PATHS) this.noteAll();
  }

  /** Notes that any file may have been changed. */
  noteAll(): void {
    this.#all = true;
    this.#paths.clear();
  }

  /**
   * Synchronises the files noted, then the folders that lead to them.
   *
   * @throws {StorageError} and remembers all for the next time.
   */
  async sync(): Promise<void> {
    const all = this.#all;
    const paths = this.#paths;
    this.#all = false;
    this.#paths = new Set();
    try {
      const folders: string[] = [];
      await inParallel(all ? filesBelow(this.#root, folders) : paths, syncPath);
      await inParallel(new Set(all ? folders : this.#foldersOf(paths)), syncPath);
      if (!this.#rootIsDurable) await syncPath(dirname(this.#root));
      this.#rootIsDurable = true;
    } catch (error) {
      if (all) this.noteAll();
      else for (const path of paths) this.note(path);
      throw error;
    }
  }

  *#foldersOf(paths: Iterable<string>): Generator<string, void, void> {
    for (const path of paths) {
      for (
        let folder = dirname(path);
        folder.length >= this.#root.length;
        folder = dirname(folder)
      ) {
        yield folder;
      }
    }
  }
}

function* filesBelow(root: string, folders: string[]): Generator<string, void, void> {
  for (const { path } of walkKeyFiles(root, '', folders)) yield path;
}

/** What is no longer there needs no more than its folder, which was changed as well. */
async function syncPath(path: string): Promise<void> {
  let fd: number;
  try {
    fd = await openLater(path, constants.O_RDONLY);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return;
    throw storageError(error, 'synchronise', path);
  }
  try {
    await fsyncLater(fd);
  } catch (error) {
    throw storageError(error, 'synchronise', path);
  } finally {
    await closeLater(fd);
  }
}
