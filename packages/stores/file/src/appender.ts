import { write, writeSync, writev, writevSync } from 'node:fs';
import { promisify } from 'node:util';
import { type Awaitable, type Batch, concatBytes, StorageError } from '@spillway/core';
import { type DirectoryGate, inParallel, inSlices, storageError } from '@spillway/core/node';
import { type Call, type Group, groupByKey } from './group.js';
import type { OpenFile, OpenFiles } from './open-files.js';
import type { Turns } from './turns.js';
import { positionOf, Undo } from './undo.js';

/**
 * From so many bytes on, a write goes to libuv's threads. One of 64 KB takes 20 µs here and 60 µs there, and
 * 16 of them are no faster side by side: what bounds them is memory, not the processor.
 */
const LARGE = 2 ** 20;

/** A batch that a write was cut short in, for no reason that is left when the rest is written, is begun again. */
const ATTEMPTS = 3;

const writeLater = promisify(write);
const writevLater = promisify(writev);

/**
 * Appends batches, one after the other. The values of a key go by one `O_APPEND` write, which the system
 * puts at the file's end as one piece. When a write fails or is cut short, what the batch has written so far
 * is taken out again while everybody else keeps still; then the batch rejects with the error.
 */
export class Appender {
  readonly #root: string;
  readonly #files: OpenFiles;
  readonly #gate: DirectoryGate;
  readonly #turns: Turns;

  constructor(root: string, files: OpenFiles, gate: DirectoryGate, turns: Turns) {
    this.#root = root;
    this.#files = files;
    this.#gate = gate;
    this.#turns = turns;
  }

  /** @throws {StorageError} when not all could be written; then none was. @throws {TooLargeError} */
  append(batch: Batch<Uint8Array>): Awaitable<void> {
    const groups = groupByKey(batch);
    return this.#turns.take(() => this.#write(groups, 1));
  }

  #write(groups: readonly Group[], attempt: number): Awaitable<void> {
    const undo = new Undo(this.#files, groups);
    const large: Group[] = [];
    let small: Awaitable<void>;
    try {
      small = inSlices(groups, (group) => {
        if (group.bytes < LARGE) this.#writeNow(group, undo);
        else large.push(group);
      });
    } catch (error) {
      return this.#takeBack(groups, undo, error, attempt);
    }
    return small || large.length > 0
      ? this.#writeOn(groups, small, large, undo, attempt)
      : undefined;
  }

  async #writeOn(
    groups: readonly Group[],
    small: Awaitable<void>,
    large: readonly Group[],
    undo: Undo,
    attempt: number,
  ): Promise<void> {
    try {
      await small;
      await inParallel(large, (group) => this.#writeLater(group, undo));
    } catch (error) {
      await this.#takeBack(groups, undo, error, attempt);
    }
  }

  #writeNow(group: Group, undo: Undo): void {
    const file = this.#open(group, undo);
    if (group.bytes === 0) return;
    try {
      if (group.pieces.length === 1) this.#wrote(file, group, writeNow(file.fd, group), undo);
      else for (const call of group.calls()) this.#wrote(file, call, writeNow(file.fd, call), undo);
    } catch (error) {
      throw this.#failure(error, file, undo);
    }
  }

  async #writeLater(group: Group, undo: Undo): Promise<void> {
    const file = this.#open(group, undo);
    file.busy++;
    try {
      for (const call of group.calls()) {
        const { pieces, bytes } = call;
        const { bytesWritten } =
          pieces.length === 1
            ? await writeLater(file.fd, pieces[0] as Uint8Array, 0, bytes, null)
            : await writevLater(file.fd, pieces);
        this.#wrote(file, call, bytesWritten, undo);
      }
    } catch (error) {
      throw this.#failure(error, file, undo);
    } finally {
      file.busy--;
    }
  }

  #open({ key }: Group, undo: Undo): OpenFile {
    let file = this.#files.peek(key);
    if (file === undefined) {
      try {
        file = this.#files.open(key);
      } catch (error) {
        const { path = this.#root } = error as NodeJS.ErrnoException;
        throw storageError(error, 'open', path, { key, wanted: undo.wanted });
      }
      undo.opened(file);
    }
    file.used = true;
    file.written = true;
    return file;
  }

  #wrote(file: OpenFile, call: Call, written: number, undo: Undo): void {
    undo.wrote(file, call, written);
    if (written < call.bytes) this.#writeRest(file, call, written, undo);
  }

  #writeRest(file: OpenFile, { pieces, bytes }: Call, written: number, undo: Undo): never {
    undo.place(positionOf(file.fd));
    // Mostly this says why; if it does not, somebody else's bytes may have come between.
    const left = concatBytes(pieces).subarray(written);
    const rest = { pieces: [left], bytes: bytes - written };
    undo.wrote(file, rest, writeNow(file.fd, rest));
    undo.place(positionOf(file.fd));
    throw new CutShort(`can't append to ${file.path}: a write was cut short again and again`, {
      path: file.path,
      key: file.key,
    });
  }

  #failure(error: unknown, { path, key }: OpenFile, undo: Undo): unknown {
    return storageError(error, 'append to', path, { key, wanted: undo.wanted });
  }

  async #takeBack(
    groups: readonly Group[],
    undo: Undo,
    error: unknown,
    attempt: number,
  ): Promise<void> {
    try {
      await this.#gate.still(() => undo.run());
    } catch (cause) {
      const reasons = [error, cause].map((reason) =>
        reason instanceof Error ? reason.message : String(reason),
      );
      throw new StorageError(`${reasons[0]}; a part of the batch stays written: ${reasons[1]}`, {
        cause: new AggregateError([error, cause]),
      });
    }
    if (error instanceof CutShort && attempt < ATTEMPTS) return this.#write(groups, attempt + 1);
    throw error;
  }
}

/** A write that did not write all, and no error says why. */
class CutShort extends StorageError {}

function writeNow(fd: number, { pieces, bytes }: Call): number {
  return pieces.length === 1
    ? writeSync(fd, pieces[0] as Uint8Array, 0, bytes, null)
    : writevSync(fd, pieces);
}
