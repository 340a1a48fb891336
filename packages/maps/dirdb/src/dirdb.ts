import { resolve } from 'node:path';
import { checkKey, type Key, quote, typeName, type ValueCodec } from '@spillway/core';
import { checkLockTimeout, LOCK_TIMEOUT } from '@spillway/core/node';
import type { CompressorName } from './compression.js';
import { Directory } from './directory.js';
import { DirDBEntry } from './entry.js';
import { META_SUFFIX, pathOf } from './entry-files.js';
import { type Files, nodeFiles } from './files.js';
import { Formats } from './formats.js';
import { checkEntriesOptions, type EntriesOptions, listNames } from './listing.js';
import { LockedEntry } from './locked-entry.js';
import { loadMeta } from './meta-file.js';
import type { Meta } from './metadata.js';
import { Watcher } from './watcher.js';

/** Options of {@link DirDB}. */
export interface DirDBOptions {
  /**
   * How data are written: `'msgpack'`, `'json'`, or a codec such as `arrowFile`. By default each value in its own
   * format: typed arrays as NumPy's `.npy`, Arrow tables as IPC streams, anything else that can be cloned as
   * MessagePack. What was written in any other way is read all the same.
   */
  readonly codec?: 'msgpack' | 'json' | ValueCodec | undefined;
  /** What compresses the data that are written; its package must be installed, `@spillway/zstd` for one. */
  readonly compressor?: CompressorName | undefined;
  /** How long to wait for others who have an entry's lock, in ms. Default 30,000. */
  readonly lockTimeout?: number | undefined;
}

/** Options of {@link DirDBDirectory.watch}. */
export interface WatchOptions {
  /** The beginning of the names. */
  readonly prefix?: string;
  /** Ends the iteration. */
  readonly signal?: AbortSignal;
}

/** What has become of an entry, as {@link DirDBDirectory.watch} tells. */
export interface EntryChange<V = unknown, M extends object = Meta> {
  readonly type: 'added' | 'changed' | 'deleted';
  readonly entry: DirDBEntry<V, M>;
  /** Whether its data came, went or were replaced. */
  readonly data: boolean;
  /** Whether its metadata came, went or were replaced. */
  readonly meta: boolean;
}

/**
 * A directory of data sets, each a file of data, a JSON file of metadata, or both, shared by any number of processes.
 * There is a lock for each entry, none for the whole.
 *
 * @param path the directory; it is made if absent.
 * @typeParam V what the data are; stored bytes are not checked against it.
 * @typeParam M what the metadata are; stored ones are not checked against it.
 * @throws {TypeError} for a wrong option.
 * @throws {StorageError} when the directory can't be made.
 */
export function DirDB<V = unknown, M extends object = Meta>(
  path: string,
  options: DirDBOptions = {},
): DirDBDirectory<V, M> {
  return new DirDBDirectory<V, M>(path, options);
}

/** What {@link DirDB} makes. */
export class DirDBDirectory<V = unknown, M extends object = Meta> implements AsyncDisposable {
  /** The directory's absolute path. */
  readonly path: string;
  readonly #directory: Directory;
  readonly #formats: Formats;
  readonly #locked = new Set<LockedEntry<V, M>>();
  readonly #watchers = new Set<Watcher<EntryChange<V, M>>>();
  #closing: Promise<void> | undefined;

  /** @param files through which it changes the disk. */
  constructor(path: string, options: DirDBOptions = {}, files: Files = nodeFiles) {
    const { codec, compressor, lockTimeout = LOCK_TIMEOUT } = options;
    if (typeof path !== 'string' || path === '')
      throw new TypeError(`DirDB needs the path of a directory, not ${typeName(path)}`);
    checkLockTimeout(lockTimeout);
    this.path = resolve(path);
    this.#formats = new Formats(codec, compressor);
    this.#directory = new Directory(this.path, lockTimeout, files);
  }

  /** How many entries there are, as the directory shows it now. */
  get size(): number {
    this.#directory.checkOpen();
    return listNames(this.path, {}).length;
  }

  /** Whether an entry has data or metadata. */
  async has(name: Key): Promise<boolean> {
    return this.entry(name).exists();
  }

  /**
   * The entry of a name, which need not be there.
   *
   * @throws {KeyError} when the name is none: names are keys, as stores have them.
   */
  entry(name: Key): DirDBEntry<V, M> {
    this.#directory.checkOpen();
    return new DirDBEntry<V, M>(checkKey(name), this.#directory, this.#formats);
  }

  /**
   * Locks an entry, which need not be there, until `unlock()` or the end of the block with `await using`.
   *
   * @throws {LockError} when others don't let go within `lockTimeout`; `holder` says who.
   */
  async lock(name: Key): Promise<LockedEntry<V, M>> {
    const hold = await this.#directory.lock(checkKey(name));
    try {
      const meta = await loadMeta<M>(`${this.path}/${pathOf(hold.name, META_SUFFIX)}`, hold.name);
      const entry = new LockedEntry<V, M>(hold, this.#directory, this.#formats, meta, () =>
        this.#locked.delete(entry),
      );
      this.#locked.add(entry);
      return entry;
    } catch (error) {
      await hold.release();
      throw error;
    }
  }

  /** Removes an entry. @returns whether there was one. */
  async delete(name: Key): Promise<boolean> {
    return this.entry(name).delete();
  }

  /** The entries that are there when it begins. @throws {TypeError} for an option that isn't one. */
  async *entries(options: EntriesOptions = {}): AsyncGenerator<DirDBEntry<V, M>, void, void> {
    checkEntriesOptions(options);
    await this.#directory.settle();
    for (const name of listNames(this.path, options)) yield this.entry(name);
  }

  /** The entries by name. */
  [Symbol.asyncIterator](): AsyncGenerator<DirDBEntry<V, M>, void, void> {
    return this.entries();
  }

  /**
   * Tells what becomes of entries from now on, whoever changes them. Of several changes of an entry that nobody has
   * asked for yet, only the outcome is told. The iteration ends by `break`, by `signal`, or by `close()`.
   */
  watch({
    prefix = '',
    signal,
  }: WatchOptions = {}): AsyncIterableIterator<EntryChange<V, M>, undefined> {
    this.#directory.checkOpen();
    const watcher = new Watcher<EntryChange<V, M>>(
      this.path,
      prefix,
      () => this.#directory.settle(),
      ({ name, ...change }) => ({ ...change, entry: this.entry(name) }),
      () => {
        this.#watchers.delete(watcher);
        signal?.removeEventListener('abort', end);
      },
    );
    const end = () => watcher.end();
    this.#watchers.add(watcher);
    signal?.addEventListener('abort', end);
    if (signal?.aborted) end();
    return watcher;
  }

  /** Unlocks what is locked here, and ends what watches. Calls after it reject with {@link ClosedError}. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** As code, for people: `DirDB("/data/results")`. */
  toString(): string {
    return `DirDB(${quote(this.path)})`;
  }

  async #close(): Promise<void> {
    for (const watcher of this.#watchers) watcher.end();
    try {
      await Promise.all([...this.#locked].map((entry) => entry.unlock()));
    } finally {
      this.#directory.close();
    }
  }
}
