import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import type { Awaitable } from '@spillway/core';
import { storageError } from '@spillway/core/node';
import { writeHint } from './hint.js';
import type { LogParts } from './parts.js';
import type { Change } from './record.js';
import { segmentName, segmentPath } from './segment-files.js';
import { SegmentWriter, Stage } from './segment-writer.js';
import { inSlices } from './slices.js';

/** Changes that are written by one call, at most. */
const MOST_AT_ONCE = 1024;

interface Waiting {
  readonly change: Change;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Writes changes, in the order of the calls, to a chain of segments that nobody else writes to. While a large
 * one is being written, those that come meanwhile wait, and are then written together.
 */
export class Appender {
  readonly #parts: LogParts;
  readonly #writerName = randomBytes(8).toString('hex');
  readonly #stage = new Stage();
  #number = 0;
  #writer: SegmentWriter | undefined;
  /** The length of the segment before. */
  #previous = 0;
  #waiting: Waiting[] = [];
  #busy = false;
  /** Segments that are full, until they are finished. */
  readonly #finishing = new Map<SegmentWriter, Promise<void>>();
  /** Segments that others finish, until they are on the disk. */
  readonly #left: SegmentWriter[] = [];
  readonly #unsafe = new Map<string, unknown>();
  /** Whether the directory's entries are on the disk. */
  #directorySynced = true;
  /** The epoch of the records to come. */
  epoch = 0;

  constructor(parts: LogParts) {
    this.#parts = parts;
  }

  /** Writes a change; without a promise when that could be done at once. @throws {StorageError} */
  append(change: Change): Awaitable<void> {
    const ready = this.#busy || this.#parts.prepare();
    if (!ready && this.#writerForNext().append([change], this.epoch) === 1) return;
    const written = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ change, resolve, reject });
    });
    if (!this.#busy) this.#writeWaiting();
    return written;
  }

  /** Waits until all that was written is on the disk. @throws {StorageError} */
  async sync(): Promise<void> {
    const { files, directory } = this.#parts;
    for (const writer of this.#finishing.keys()) await this.#sync(writer);
    for (const writer of this.#left.splice(0))
      await this.#sync(writer).finally(() => writer.close());
    if (this.#writer) await this.#sync(this.#writer);
    const [failure] = this.#unsafe.values();
    if (failure !== undefined) throw failure;
    if (this.#directorySynced) return;
    for (const path of [directory, dirname(directory)]) {
      try {
        await files.syncDirectory(path);
      } catch (error) {
        throw storageError(error, 'write to the disk', path);
      }
    }
    this.#directorySynced = true;
  }

  /** The segments, by path, that could not be brought to the disk, with the error. */
  get unsafe(): ReadonlyMap<string, unknown> {
    return this.#unsafe;
  }

  /** Says that a segment was deleted: what was in it is dropped, or on the disk in another one. */
  forget(path: string): void {
    this.#unsafe.delete(path);
  }

  /** The name of the segment being written; `undefined` when none is. */
  get segment(): string | undefined {
    return this.#writer && segmentName(this.#writerName, this.#number);
  }

  /** Begins another segment with the next change; others finish this one. */
  leave(): void {
    if (this.#writer === undefined) return;
    this.#left.push(this.#writer);
    this.#previous = this.#writer.length;
    this.#writer = undefined;
  }

  /** Begins another segment with the next change; what was written before is gone, or safe elsewhere. */
  abandon(): void {
    this.leave();
    for (const writer of this.#left.splice(0)) writer.close();
    this.#previous = 0;
    this.#unsafe.clear();
  }

  /** Finishes the segment being written, and waits until all are finished. */
  async close(): Promise<void> {
    this.#roll(false);
    await Promise.all(this.#finishing.values());
    for (const writer of this.#left.splice(0)) writer.close();
  }

  #writerForNext(): SegmentWriter {
    const writer = this.#writer;
    if (writer && !writer.broken && writer.length < this.#parts.segmentBytes) return writer;
    this.#roll(true);
    this.#writer = this.#begin();
    return this.#writer;
  }

  #begin(): SegmentWriter {
    const { directory, files, roster } = this.#parts;
    const number = this.#number + 1;
    const path = segmentPath(directory, segmentName(this.#writerName, number));
    const header = {
      writer: this.#writerName,
      number,
      epoch: this.epoch,
      previous: this.#previous,
      boot: files.boot(),
    };
    const writer = new SegmentWriter(path, header, files, this.#stage);
    try {
      roster.announce(this.epoch);
    } catch (error) {
      writer.close();
      files.remove(path);
      throw error;
    }
    this.#number = number;
    this.#directorySynced = false;
    return writer;
  }

  /** Writes those that wait, as many at once as one write takes. Their callers learn of errors. */
  async #writeWaiting(): Promise<void> {
    this.#busy = true;
    while (this.#waiting.length > 0) {
      try {
        await this.#parts.prepare();
        const next = this.#waiting.slice(0, MOST_AT_ONCE).map(({ change }) => change);
        const writer = this.#writerForNext();
        let written = writer.append(next, this.epoch);
        if (written === 0) {
          await writer.appendLarge(next[0] as Change, this.epoch);
          written = 1;
        }
        for (const { resolve } of this.#waiting.splice(0, written)) resolve();
      } catch (error) {
        this.#waiting.shift()?.reject(error);
      }
    }
    this.#busy = false;
  }

  #roll(sync: boolean): void {
    const writer = this.#writer;
    if (writer === undefined) return;
    this.#writer = undefined;
    this.#previous = writer.length;
    const finished = this.#finish(writer, sync).finally(() => this.#finishing.delete(writer));
    this.#finishing.set(writer, finished);
  }

  /** Brings a full segment to the disk and writes its hint, in the background. */
  async #finish(writer: SegmentWriter, sync: boolean): Promise<void> {
    const { files, open, roster, gate, lasting } = this.#parts;
    try {
      if (!lasting) return;
      if (sync) await this.#sync(writer);
      await gate.run('shared', async () => {
        await inSlices(writeHint(files, open, writer.path, writer.durable));
        roster.announce(this.epoch);
      });
    } catch {
      // A failed sync is kept for the next flush. A hint only saves time.
    } finally {
      writer.close();
    }
  }

  async #sync(writer: SegmentWriter): Promise<void> {
    try {
      await writer.sync();
    } catch (error) {
      this.#unsafe.set(writer.path, error);
      throw error;
    }
  }
}
