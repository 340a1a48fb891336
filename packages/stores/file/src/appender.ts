import { write, writeSync, writev, writevSync } from 'node:fs';
import { promisify } from 'node:util';
import { type Awaitable, type Batch, StorageError } from '@spillway/core';
import { type DirectoryGate, storageError } from '@spillway/core/node';
import { type Group, groupByKey } from './group.js';
import type { OpenFile, OpenFiles } from './open-files.js';
import { inParallel, inSlices } from './slices.js';
import type { Turns } from './turns.js';
import { positionOf, Undo } from './undo.js';

/** From so many bytes on, a write goes to libuv's threads; below, handing it over costs more than it takes. */
const LARGE = 256 * 1024;

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
  readonly #files: OpenFiles;
  readonly #gate: DirectoryGate;
  readonly #turns: Turns;

  constructor(files: OpenFiles, gate: DirectoryGate, turns: Turns) {
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
    const undo = new Undo(this.#files, groups.length > this.#files.limit);
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
    for (const pieces of group.calls()) {
      const [only] = pieces;
      const bytes =
        pieces.length === 1 && only
          ? this.#try(file, () => writeSync(file.fd, only, 0, only.length, null))
          : this.#try(file, () => writevSync(file.fd, pieces));
      this.#wrote(file, pieces, bytes, undo);
    }
  }

  async #writeLater(group: Group, undo: Undo): Promise<void> {
    const file = this.#open(group, undo);
    file.busy++;
    try {
      for (const pieces of group.calls()) {
        const [only] = pieces;
        const { bytesWritten } =
          pieces.length === 1 && only
            ? await writeLater(file.fd, only, 0, only.length, null)
            : await writevLater(file.fd, pieces);
        this.#wrote(file, pieces, bytesWritten, undo);
      }
    } catch (error) {
      throw storageError(error, 'append to', file.path, { key: group.key });
    } finally {
      file.busy--;
    }
  }

  #open(group: Group, undo: Undo): OpenFile {
    const file = this.#files.open(group.key);
    file.written = true;
    if (file.created) undo.created(file);
    file.created = false;
    return file;
  }

  #wrote(file: OpenFile, pieces: readonly Uint8Array[], bytes: number, undo: Undo): void {
    undo.wrote(file, pieces, bytes);
    const left = remaining(pieces, bytes);
    if (left.length === 0) return;
    undo.place(positionOf(file.fd));
    // Mostly this says why; if it does not, somebody else's bytes may have come between.
    const more = this.#try(file, () => writevSync(file.fd, left));
    undo.wrote(file, left, more);
    undo.place(positionOf(file.fd));
    throw new CutShort(`can't append to ${file.path}: a write was cut short again and again`, {
      path: file.path,
      key: file.key,
    });
  }

  #try<T>(file: OpenFile, work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw storageError(error, 'append to', file.path, { key: file.key });
    }
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

/** The pieces without their first `bytes` bytes. */
function remaining(pieces: readonly Uint8Array[], bytes: number): Uint8Array[] {
  const left: Uint8Array[] = [];
  let skip = bytes;
  for (const piece of pieces) {
    if (skip < piece.length) left.push(piece.subarray(skip));
    skip = Math.max(0, skip - piece.length);
  }
  return left;
}
