import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClosedError, CorruptError, quote } from '@spillway/core';
import { LOCK_FOLDER, makeDirectory, storageError, systemCode } from '@spillway/core/node';
import { type EntryFile, filesOf, META_SUFFIX, pathOf } from './entry-files.js';
import type { Files } from './files.js';
import { Hold } from './hold.js';
import { type ChangeRecord, JOURNAL_FOLDER, Journal, type Step } from './journal.js';
import { Locks } from './locks.js';
import { STAGING_FOLDER, Staging } from './staging.js';

/** So often an entry may be replaced while it is looked for. */
const ATTEMPTS = 100;

/** An entry's data, opened. */
export interface OpenData {
  readonly handle: FileHandle;
  readonly suffix: string;
  /** The absolute path. */
  readonly path: string;
}

/** The files of all entries: how they are found, and how they are changed so that nothing is ever half-done. */
export class Directory {
  /** Its absolute path. */
  readonly root: string;
  readonly locks: Locks;
  readonly #staging: Staging;
  readonly #journal: Journal;
  readonly #files: Files;
  #prepared: Promise<void> | undefined;
  #closed = false;

  /** @throws {StorageError} when the directory can't be made. */
  constructor(root: string, lockTimeout: number, files: Files) {
    this.root = makeDirectory(root);
    this.#files = files;
    this.locks = new Locks(root, lockTimeout);
    this.#staging = new Staging(root, files);
    this.#journal = new Journal(root, files, this.#staging);
  }

  close(): void {
    this.#closed = true;
  }

  /** @throws {ClosedError} */
  checkOpen(): void {
    if (this.#closed) throw new ClosedError(`DirDB(${quote(this.root)}) is closed`);
  }

  /**
   * Takes an entry's lock.
   *
   * @throws {LockError} when others don't let go in time.
   */
  async lock(name: string): Promise<Hold> {
    for (;;) {
      await this.settle(name);
      const lock = await this.locks.acquire(name);
      const hold = new Hold(name, lock, this.#journal);
      if (this.#journal.records(name).length === 0) return hold;
      // A change that concerns this entry and another one, of somebody who was killed just now.
      await hold.release();
    }
  }

  /**
   * Waits until no change of an entry, or of any, is half-done; does the rest of those whose processes are gone.
   *
   * @throws {LockError} when somebody doesn't come to an end in time.
   */
  async settle(name?: string): Promise<void> {
    await this.#prepare();
    const deadline = performance.now() + this.locks.timeout;
    for (let pause = 1; ; pause = Math.min(pause + 1, 10)) {
      const records = this.#journal.records(name);
      if (records.length === 0) return;
      for (const record of records) {
        const busy = record.names.find((each) => this.locks.holder(each) !== undefined);
        if (busy === undefined) await this.#finish(record);
        else if (performance.now() >= deadline)
          throw this.locks.timedOut(busy, this.locks.holder(busy));
      }
      await sleep(pause);
    }
  }

  /** An entry's files. */
  files(name: string): EntryFile[] {
    return filesOf(this.root, name);
  }

  /** Opens an entry's data; `undefined` if it has none. @param settled whether its lock is held. */
  async openData(name: string, settled: boolean): Promise<OpenData | undefined> {
    for (let attempt = 0; ; attempt++) {
      if (!settled) await this.settle(name);
      const data = this.files(name).filter(({ suffix }) => suffix !== META_SUFFIX);
      const [file] = data;
      if (file === undefined) return undefined;
      const path = `${this.root}/${file.path}`;
      try {
        // Two are there for a moment while data of one format replace those of another.
        if (data.length === 1) return { handle: await open(path), suffix: file.suffix, path };
        if (attempt >= ATTEMPTS) throw severalFiles(name, data, this.root);
      } catch (error) {
        if (systemCode(error) !== 'ENOENT' || attempt >= ATTEMPTS) {
          throw storageError(error, 'read', path, { key: name });
        }
      }
    }
  }

  /** Writes a file that has no name yet. @throws {StorageError} and leaves nothing then. */
  async stage(name: string, suffix: string, pieces: readonly Uint8Array[]): Promise<string> {
    await this.#prepare();
    try {
      return await this.#staging.write(pieces);
    } catch (error) {
      const wanted = pieces.reduce((sum, { length }) => sum + length, 0);
      throw storageError(error, 'write', `${this.root}/${pathOf(name, suffix)}`, {
        key: name,
        wanted,
      });
    }
  }

  /** Removes what was staged, after an error; but not what a change that is decided needs. */
  async discard(places: readonly string[]): Promise<void> {
    const needed = this.#needed();
    for (const place of places) if (!needed.has(place)) await this.#staging.discard(place);
  }

  /** Does all steps, or none. @throws {StorageError} @throws {LockError} when one of the holds was lost. */
  async commit(holds: readonly Hold[], steps: readonly Step[]): Promise<void> {
    for (const hold of holds) hold.check();
    const names = holds.map(({ name }) => name);
    try {
      await this.#journal.commit(names, steps);
    } catch (error) {
      throw storageError(error, 'change', `${this.root}/${pathOf(names[0] as string, '*')}`, {
        key: names[0] as string,
      });
    }
  }

  /** Before the first operation: makes the folders inside, and sweeps what those have left who are gone. */
  async #prepare(): Promise<void> {
    this.checkOpen();
    this.#prepared ??= this.#sweep();
    try {
      await this.#prepared;
    } catch (error) {
      this.#prepared = undefined;
      throw error;
    }
  }

  async #sweep(): Promise<void> {
    try {
      for (const folder of [LOCK_FOLDER, STAGING_FOLDER, JOURNAL_FOLDER]) {
        await this.#files.makeDirectory(`${this.root}/${folder}`);
      }
      // Somebody else may have made them just now.
      await this.#files.syncDirectory(this.root);
      await this.#files.syncDirectory(dirname(this.root)).catch(unlessUnreadable);
      // In this order: who is gone makes no more records.
      const abandoned = this.#staging.abandoned();
      await this.discard(abandoned);
    } catch (error) {
      throw storageError(error, 'open', this.root);
    }
  }

  /** What records speak of, of which some may be staged. */
  #needed(): Set<string> {
    return new Set(this.#journal.records().flatMap(({ steps }) => steps.map(([, path]) => path)));
  }

  /** Does the rest of a change whose process is gone. */
  async #finish({ names }: ChangeRecord): Promise<void> {
    const locks = [];
    try {
      // In one order, so that no two wait for each other.
      for (const name of [...names].sort()) locks.push(await this.locks.acquire(name));
      // Somebody else may have been faster, and there may be another record by now.
      for (const record of this.#journal.records(names[0])) {
        if (record.names.every((name) => names.includes(name))) await this.#journal.finish(record);
      }
    } catch (error) {
      throw storageError(error, 'finish a change in', this.root);
    } finally {
      for (const lock of locks) lock.release();
    }
  }
}

/** The directory's own name is on the disk for sure only if the one around it may be read. */
function unlessUnreadable(error: unknown): void {
  if (systemCode(error) !== 'EACCES') throw error;
}

function severalFiles(name: string, files: readonly EntryFile[], root: string): CorruptError {
  const paths = files.map(({ path }) => path).join(' and ');
  return new CorruptError(
    `entry ${quote(name)} of ${root} has several files of data, ${paths}; delete or rename all but one`,
    { key: name, path: root },
  );
}
