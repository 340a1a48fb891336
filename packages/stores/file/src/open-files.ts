import { closeSync } from 'node:fs';
import { type KeyFiles, type Opened, storageError, systemCode } from '@spillway/core/node';

/** Descriptors that a store keeps open. */
export const MAX_OPEN_FILES = 1024;

/** With so few open ones, giving some up is no remedy. */
const FEWEST = 8;

/** This share of the files is closed at a time: finding the first of a map costs more the more are gone. */
const SHARE = 1 / 8;

/** The open file of a key. */
export interface OpenFile extends Opened {
  readonly key: string;
  /** Whether it was used again since it was opened, or since the last look for files to close. */
  used: boolean;
  /** Whether it was written to and not synchronised since. */
  written: boolean;
  /** How many asynchronous calls use the descriptor. */
  busy: number;
}

/**
 * The files kept open, at most {@link MAX_OPEN_FILES}; fewer once the system said that there are too many.
 * Those unused for longest are closed first, found by going round (the clock algorithm).
 */
export class OpenFiles {
  readonly #places: KeyFiles;
  readonly #closed: (file: OpenFile) => void;
  readonly #files = new Map<string, OpenFile>();
  #limit = MAX_OPEN_FILES;

  /** @param closed is told of each file that is closed. */
  constructor(places: KeyFiles, closed: (file: OpenFile) => void) {
    this.#places = places;
    this.#closed = closed;
  }

  /** Opens the key's file, which is not open yet; makes it when it isn't there. @throws the system's errors. */
  open(key: string): OpenFile {
    if (this.#files.size >= this.#limit) this.#closeDownTo(this.#limit * (1 - SHARE));
    const { fd, path } = this.withRoom(() => this.#places.openToAppend(key));
    const file = { key, fd, path, used: false, written: false, busy: 0 };
    this.#files.set(key, file);
    return file;
  }

  /** The key's file if it is open. */
  peek(key: string): OpenFile | undefined {
    return this.#files.get(key);
  }

  [Symbol.iterator](): Iterator<OpenFile> {
    return this.#files.values();
  }

  /** Runs `open`, which opens a file; again with fewer open ones when there are too many. */
  withRoom<T>(open: () => T): T {
    for (;;) {
      try {
        return open();
      } catch (error) {
        const code = systemCode(error);
        if (code !== 'EMFILE' && code !== 'ENFILE') throw error;
        const before = this.#files.size;
        this.#limit = Math.max(FEWEST, Math.floor(before / 2));
        this.#closeDownTo(this.#limit);
        if (this.#files.size === before) throw error;
      }
    }
  }

  /** Closes a key's file, if it is open. */
  forget(key: string): void {
    const file = this.#files.get(key);
    if (file !== undefined) this.#close(file);
  }

  /** Closes all. */
  clear(): void {
    for (const file of this.#files.values()) this.#close(file);
  }

  #closeDownTo(count: number): void {
    let looks = 2 * this.#files.size;
    for (const file of this.#files.values()) {
      if (this.#files.size <= count || looks-- === 0) return;
      if (file.used || file.busy > 0) {
        file.used = false;
        // To the end of the line; this loop comes to it again.
        this.#files.delete(file.key);
        this.#files.set(file.key, file);
      } else {
        this.#close(file);
      }
    }
  }

  #close(file: OpenFile): void {
    this.#files.delete(file.key);
    this.#closed(file);
    try {
      closeSync(file.fd);
    } catch (error) {
      throw storageError(error, 'close', file.path, { key: file.key });
    }
  }
}
