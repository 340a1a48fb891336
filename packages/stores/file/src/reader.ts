import { close, closeSync, constants, open, openSync, read, readSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Awaitable, allocate, LockError, quote, TooLargeError } from '@spillway/core';
import { inParallel, inSlices, type KeyFiles, storageError, systemCode } from '@spillway/core/node';
import type { OpenFiles } from './open-files.js';
import { settledSize } from './settled-size.js';
import type { Turns } from './turns.js';

/** From so many bytes on, a value is read by libuv's threads. */
const LARGE = 2 ** 20;

/** Parts of a stream. */
const PART_BYTES = 512 * 1024;

/** The most that one call reads, and that one array holds, in Node 20. */
const MAX_READ_BYTES = 2 ** 30;
const MAX_VALUE_BYTES = 2 ** 32;

const EMPTY = new Uint8Array(0);

const openLater = promisify(open);
const readLater = promisify(read);
const closeLater = promisify(close);

/** A value to be read: the first `size` bytes of a file. */
interface Value {
  readonly index: number;
  readonly key: string;
  readonly path: string;
  /** `undefined` while others write without a pause. */
  readonly size: number | undefined;
}

/** Reads the values of keys, each as it was between two appends. */
export class Reader {
  readonly #places: KeyFiles;
  readonly #files: OpenFiles;
  readonly #turns: Turns;
  readonly #timeout: number;

  /** @param timeout how long to wait for a pause in others' writes, in ms. */
  constructor(places: KeyFiles, files: OpenFiles, turns: Turns, timeout: number) {
    this.#places = places;
    this.#files = files;
    this.#turns = turns;
    this.#timeout = timeout;
  }

  /** @throws {StorageError} @throws {TooLargeError} for a value that no array can hold. */
  get(keys: readonly string[]): Awaitable<Uint8Array[]> {
    const values = new Array<Uint8Array>(keys.length).fill(EMPTY);
    const large: Value[] = [];
    const small = this.#turns.take(() =>
      inSlices(keys.keys(), (index) => {
        const value = this.#look(keys[index] as string, index, (fd, size) => {
          values[index] = readNow(fd, size);
        });
        if (value) large.push(value);
      }),
    );
    return small || large.length > 0 ? this.#getLarge(small, large, values) : values;
  }

  /** The parts of a value as it is at the first one. @throws {StorageError} */
  async *stream(key: string): AsyncGenerator<Uint8Array, void, void> {
    const value = await this.#turns.take(() => this.#look(key, 0));
    if (value === undefined) return;
    const { path } = value;
    const fd = await this.#openLater(value);
    try {
      const size = value.size ?? (await this.#settledSize(fd, value));
      for (let at = 0; at < size; ) {
        const part = await readFully(fd, at, Math.min(PART_BYTES, size - at), path);
        if (part.length === 0) return;
        yield part;
        at += part.length;
      }
    } finally {
      await closeLater(fd);
    }
  }

  /**
   * Finds the size of a key's value, and reads it with `readSmall` if it is small and that is given.
   *
   * @returns the value when it is there and wasn't read.
   */
  #look(
    key: string,
    index: number,
    readSmall?: (fd: number, size: number) => void,
  ): Value | undefined {
    const cached = this.#files.peek(key);
    const path = cached?.path ?? this.#places.find(key);
    if (path === undefined) return undefined;
    const fd = cached?.fd ?? this.#open(path, key);
    try {
      const size = settledSize(fd);
      if (size === undefined || size >= LARGE || !readSmall) return { index, key, path, size };
      readSmall(fd, size);
      return undefined;
    } catch (error) {
      throw storageError(error, 'read', path, { key });
    } finally {
      if (!cached) closeSync(fd);
    }
  }

  async #getLarge(
    small: Awaitable<void>,
    large: Value[],
    values: Uint8Array[],
  ): Promise<Uint8Array[]> {
    await small;
    await inParallel(large, async (value) => {
      const fd = await this.#openLater(value);
      try {
        const size = value.size ?? (await this.#settledSize(fd, value));
        if (size > MAX_VALUE_BYTES) throw tooLarge(value.key, size);
        values[value.index] = await readFully(fd, 0, size, value.path);
      } finally {
        await closeLater(fd);
      }
    });
    return values;
  }

  #open(path: string, key: string): number {
    try {
      return this.#files.withRoom(() => openSync(path, constants.O_RDONLY));
    } catch (error) {
      throw storageError(error, 'read', path, { key });
    }
  }

  async #openLater({ path, key }: Value): Promise<number> {
    try {
      return await openLater(path, constants.O_RDONLY);
    } catch (error) {
      if (systemCode(error) === 'EMFILE') return this.#open(path, key);
      throw storageError(error, 'read', path, { key });
    }
  }

  async #settledSize(fd: number, { path, key }: Value): Promise<number> {
    const deadline = performance.now() + this.#timeout;
    for (;;) {
      const size = settledSize(fd);
      if (size !== undefined) return size;
      if (performance.now() > deadline) {
        throw new LockError(`others append to ${path} without a pause, since ${this.#timeout} ms`, {
          path,
          key,
          timeout: this.#timeout,
        });
      }
      await sleep(1);
    }
  }
}

function readNow(fd: number, size: number): Uint8Array {
  if (size === 0) return EMPTY;
  const bytes = allocate(size);
  let at = 0;
  while (at < size) {
    const read = readSync(fd, bytes, at, size - at, at);
    if (read === 0) return bytes.slice(0, at);
    at += read;
  }
  return bytes;
}

/** Fewer bytes when the file ends before. */
async function readFully(
  fd: number,
  from: number,
  size: number,
  path: string,
): Promise<Uint8Array> {
  const bytes = allocate(size);
  let at = 0;
  while (at < size) {
    const wanted = Math.min(size - at, MAX_READ_BYTES);
    const { bytesRead } = await readLater(fd, bytes, at, wanted, from + at).catch((error) => {
      throw storageError(error, 'read', path);
    });
    if (bytesRead === 0) return bytes.slice(0, at);
    at += bytesRead;
  }
  return bytes;
}

function tooLarge(key: string, wanted: number): TooLargeError {
  return new TooLargeError(
    `the value of key ${quote(key)} has ${wanted} bytes, and an array holds ${MAX_VALUE_BYTES}; read it by stream()`,
    { key, wanted, free: MAX_VALUE_BYTES },
  );
}
