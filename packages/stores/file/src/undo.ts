import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { concatBytes, StorageError } from '@spillway/core';
import { storageError, systemCode } from '@spillway/core/node';
import type { Call, Group } from './group.js';
import type { OpenFile, OpenFiles } from './open-files.js';

interface Write {
  readonly file: OpenFile;
  readonly call: Call;
  /** How many of the call's bytes were written. */
  readonly bytes: number;
  /** Where in the file the bytes end, if that was asked. */
  end: number | undefined;
}

/** How far behind a write others may have appended until it is taken back, where its place is not known. */
const SEARCH_BYTES = 16 * 2 ** 20;

/** By so much may the file system's clock be behind, in ms. */
const CLOCK_STEP = 10;

const COPY_BYTES = 2 ** 20;

/** What a batch has written so far, and the way to take it out again. */
export class Undo {
  readonly #files: OpenFiles;
  readonly #batch: readonly Group[];
  readonly #writes: Write[] = [];
  readonly #opened: OpenFile[] = [];
  readonly #begin = Date.now() - CLOCK_STEP;

  constructor(files: OpenFiles, batch: readonly Group[]) {
    this.#files = files;
    this.#batch = batch;
  }

  /** Bytes that the batch brings. */
  get wanted(): number {
    return this.#batch.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Notes that a file was opened, and made if it was not there. */
  opened(file: OpenFile): void {
    this.#opened.push(file);
  }

  /** Notes that the first `bytes` bytes of a call were written. */
  wrote(file: OpenFile, call: Call, bytes: number): void {
    this.#writes.push({ file, call, bytes, end: undefined });
  }

  /** Notes where the last write ended. */
  place(end: number | undefined): void {
    const last = this.#writes.at(-1);
    if (last) last.end = end;
  }

  /**
   * Takes out what was written and deletes what was made. What others appended since stays. Its caller sees
   * to it that nobody reads or writes meanwhile.
   */
  run(): void {
    for (const write of this.#writes.reverse()) this.#takeOut(write);
    for (const file of this.#opened) {
      this.#attempt(file, () => {
        const stat = statSync(file.path, { throwIfNoEntry: false });
        // Gone, if another one's batch failed as well and had made it.
        if (stat === undefined || stat.size > 0 || stat.birthtimeMs < this.#begin) return;
        this.#files.forget(file.key);
        unlinkSync(file.path);
      });
    }
  }

  #takeOut(write: Write): void {
    const { file, bytes } = write;
    this.#attempt(file, () => {
      const fd = openSync(file.path, 'r+');
      try {
        const { size } = fstatSync(fd);
        const open = this.#files.peek(file.key) === file;
        const end = write.end ?? (open ? positionOf(file.fd) : undefined) ?? size;
        remove(fd, find(fd, write, Math.min(end, size)), bytes, size);
      } finally {
        closeSync(fd);
      }
    });
  }

  #attempt(file: OpenFile, work: () => void): void {
    try {
      work();
    } catch (error) {
      throw storageError(error, 'take back what was appended to', file.path, { key: file.key });
    }
  }
}

/**
 * A descriptor's position: after an append, where its bytes end. From `/proc/<pid>/fdinfo` (proc(5));
 * `undefined` on systems without.
 */
export function positionOf(fd: number): number | undefined {
  try {
    const position = /^pos:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
    return position === undefined ? undefined : Number(position);
  } catch (error) {
    if (systemCode(error) !== undefined) return undefined;
    throw error;
  }
}

/** Where the bytes written begin: right before `end`, or the last place before where they are. */
function find(fd: number, { file, call, bytes }: Write, end: number): number {
  const wanted = Buffer.from(concatBytes(call.pieces)).subarray(0, bytes);
  for (const before of [0, SEARCH_BYTES]) {
    const start = Math.max(0, end - bytes - before);
    const there = Buffer.alloc(end - start);
    readSync(fd, there, 0, there.length, start);
    const at = there.lastIndexOf(wanted);
    if (at >= 0) return start + at;
  }
  throw new StorageError(`${file.path} was changed by others, without regard for the lock`, {
    path: file.path,
    key: file.key,
  });
}

/** Removes `bytes` bytes at `start`; those behind them move up. */
function remove(fd: number, start: number, bytes: number, size: number): void {
  const buffer = Buffer.alloc(Math.min(COPY_BYTES, size - start - bytes));
  for (let from = start + bytes; from < size; ) {
    const read = readSync(fd, buffer, 0, buffer.length, from);
    if (read === 0) break;
    writeSync(fd, buffer, 0, read, from - bytes);
    from += read;
  }
  ftruncateSync(fd, size - bytes);
}
