import { ClosedError } from '@spillway/core';
import { Contents } from './contents.js';
import { ROOT } from './header.js';
import type { Key } from './key.js';
import { LazyDict } from './lazy-dict.js';
import { measure, type OOCMapStats } from './stats.js';
import { Kind } from './stored.js';
import { vacuum } from './vacuum.js';

/**
 * A map on the disk of nested values, read lazily at every level.
 *
 * @param path its directory, which is made if it isn't there.
 * @throws {StorageError} @throws {CorruptError} when the directory holds what is no OOCMap.
 */
export function OOCMap<K extends Key = Key, V = unknown>(path: string): OutOfCoreMap<K, V> {
  if (typeof path !== 'string' || path === '')
    throw new TypeError('the path of an OOCMap must be a string that is not empty');
  return new OutOfCoreMap(Contents.open(path));
}

/**
 * What {@link OOCMap} makes. Reads and changes are synchronous. What one turn of the event loop reads is one state
 * of the map; what it changes one by one is one transaction, on the disk when {@link flushed} resolves.
 */
export class OutOfCoreMap<K extends Key = Key, V = unknown> extends LazyDict<K, V> {
  readonly #contents: Contents;
  #closed = false;

  /** @internal */
  constructor(contents: Contents) {
    super(contents, Kind.Map, ROOT);
    this.#contents = contents;
  }

  /** The absolute path of the directory. */
  get path(): string {
    return this.#contents.path;
  }

  /**
   * Runs `work`, which must not be async, as one transaction: when it returns, all its changes are on the disk; when
   * it throws, none is. What it reads nobody else changes meanwhile. Transactions nest.
   *
   * @throws what `work` throws. @throws {StorageError}
   */
  transaction<T>(work: () => T): T {
    this.#checkOpen();
    return this.#contents.environment.transaction(work);
  }

  /** Resolves once all changes made so far are on the disk. */
  get flushed(): Promise<void> {
    return this.#contents.environment.group.flushed;
  }

  /**
   * Writes the map into a new file without what was deleted, and puts it in the old one's place, while any process
   * goes on reading and writing.
   *
   * @returns the bytes given back. @throws {LockError} when others write without end. @throws {StorageError}
   */
  async vacuum(): Promise<number> {
    this.#checkOpen();
    return vacuum(this.#contents.environment, this.path);
  }

  /** Figures of the file and its readers. */
  stats(): OOCMapStats {
    this.#checkOpen();
    return measure(this.#contents.environment);
  }

  /** Brings changes to the disk and releases the files. Closing twice is fine. @throws {StorageError} */
  close(): void {
    if (this.#closed) return;
    this.#contents.environment.checkIdle();
    this.#closed = true;
    this.#contents.release();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  protected override page(): ReturnType<LazyDict<K, V>['page']> {
    this.#checkOpen();
    return super.page();
  }

  #checkOpen(): void {
    if (this.#closed) throw new ClosedError(`the OOCMap at ${this.path} is closed`);
  }
}
