import { storageError } from '@spillway/core/node';
import type { Files } from './files.js';

/** Descriptors kept open for reading. */
const KEPT = 64;

interface OpenFile {
  readonly fd: number;
  pins: number;
}

/** The files of a log that are open for reading: the most recently used ones, and those that are pinned. */
export class OpenFiles {
  readonly #files: Files;
  /** By path, the least recently used one first. */
  readonly #open = new Map<string, OpenFile>();
  #last: { readonly path: string; readonly file: OpenFile } | undefined;

  constructor(files: Files) {
    this.#files = files;
  }

  /** A descriptor of a file, good until the next call. @throws {StorageError} */
  descriptor(path: string): number {
    return this.#file(path).fd;
  }

  /** Keeps a file open, though it be deleted, until {@link unpin}. @throws {StorageError} */
  pin(path: string): number {
    const file = this.#file(path);
    file.pins++;
    return file.fd;
  }

  unpin(path: string): void {
    const file = this.#open.get(path);
    if (file) file.pins--;
  }

  /** Closes what is not pinned: the files may be others now. */
  forget(): void {
    this.#closeUnpinned(0);
  }

  close(): void {
    for (const { fd } of this.#open.values()) this.#files.close(fd);
    this.#open.clear();
    this.#last = undefined;
  }

  #file(path: string): OpenFile {
    if (this.#last?.path === path) return this.#last.file;
    let file = this.#open.get(path);
    if (file === undefined) {
      this.#closeUnpinned(KEPT - 1);
      file = { fd: this.#openFile(path), pins: 0 };
    } else {
      this.#open.delete(path);
    }
    this.#open.set(path, file);
    this.#last = { path, file };
    return file;
  }

  #openFile(path: string): number {
    try {
      return this.#files.open(path, 'r');
    } catch (error) {
      throw storageError(error, 'read', path);
    }
  }

  #closeUnpinned(kept: number): void {
    for (const [path, { fd, pins }] of this.#open) {
      if (this.#open.size <= kept) return;
      if (pins > 0) continue;
      this.#files.close(fd);
      this.#open.delete(path);
      if (this.#last?.path === path) this.#last = undefined;
    }
  }
}
