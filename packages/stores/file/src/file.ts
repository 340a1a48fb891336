import { dirname } from 'node:path';
import { type Awaitable, type Batch, type FlushOptions, type Spec, Store } from '@spillway/core';
import {
  checkLockTimeout,
  DirectoryGate,
  inSlices,
  KeyFiles,
  LOCK_TIMEOUT,
  makeDirectory,
  makeTemporary,
  removeTemporary,
  Slices,
  walkKeyFiles,
} from '@spillway/core/node';
import { Appender } from './appender.js';
import { OpenFiles } from './open-files.js';
import { Reader } from './reader.js';
import { removeStaged, replaceFiles } from './staging.js';
import { Turns } from './turns.js';
import { Unsynced } from './unsynced.js';

/** Options of {@link File}. */
export interface FileOptions {
  /** Where a temporary directory is made. Default: `SPILLWAY_TMPDIR`, or else the system's place for them. */
  readonly dir?: string;
  /** How long to wait for other threads and processes, in ms. Default 30,000. */
  readonly lockTimeout?: number;
}

/**
 * A store in a directory: one file a key, the parts of a composite key as folders, raw bytes, so that
 * Python's partd, `cat` or any tool can read it. `file-name.ts` says which file a key has.
 *
 * Any number of threads and processes may use the directory at once. Appends are plain `O_APPEND` writes;
 * whoever takes bytes away (set, delete, pop, drop, exclusive) waits until all others pause, and they wait
 * for it, up to `lockTimeout`. A crash leaves whole what was acknowledged; an append cut off by it may be
 * there in part, as the last bytes of its keys. A batch that fails, because the disk is full for example, is
 * taken out again and can be repeated.
 *
 * @param path the directory, made when absent. Without one it is temporary, and deleted by `close`.
 * @throws {StorageError} when the directory can't be made, or the path is a file.
 */
export function File(path?: string, options: FileOptions = {}): FileStore {
  return new FileStore(path, options);
}

/** What {@link File} makes. */
export class FileStore extends Store {
  protected override readonly gate: DirectoryGate;
  /** The absolute path of the directory. */
  readonly path: string;
  readonly #spec: Spec;
  readonly #temporary: boolean;
  readonly #places: KeyFiles;
  readonly #files: OpenFiles;
  readonly #unsynced: Unsynced;
  readonly #appender: Appender;
  readonly #reader: Reader;
  /** Streams and listings under way; each has something open. */
  readonly #unfinished = new Set<{ return(): unknown }>();
  /** Appends, and the moments at which reads take sizes. */
  readonly #turns = new Turns();

  constructor(path: string | undefined, { dir, lockTimeout = LOCK_TIMEOUT }: FileOptions) {
    super();
    if (path === '') throw new TypeError('the path of a File must not be empty');
    checkLockTimeout(lockTimeout);
    this.#temporary = path === undefined;
    this.path = path === undefined ? makeTemporary('file', { dir }) : makeDirectory(path);
    const shown = lockTimeout === LOCK_TIMEOUT ? [] : [{ lockTimeout }];
    this.#spec = { name: 'File', args: [path ?? this.path, ...shown] };
    this.gate = new DirectoryGate(this.path, {
      lockTimeout,
      onForeignChange: () => this.#files.clear(),
    });
    this.#places = new KeyFiles(this.path);
    this.#unsynced = new Unsynced(this.path);
    this.#files = new OpenFiles(this.#places, (file) => {
      if (file.written) this.#unsynced.note(file.path);
    });
    this.#appender = new Appender(this.path, this.#files, this.gate, this.#turns);
    this.#reader = new Reader(this.#places, this.#files, this.#turns, lockTimeout);
  }

  override spec(): Spec {
    return this.#spec;
  }

  protected override _append(batch: Batch<Uint8Array>): Awaitable<void> {
    return this.#appender.append(batch);
  }

  protected override _get(keys: readonly string[]): Awaitable<Uint8Array[]> {
    return this.#reader.get(keys);
  }

  protected override _stream(key: string): AsyncIterable<Uint8Array> {
    return this.#reading(this.#reader.stream(key));
  }

  protected override _has(key: string): boolean {
    return this.#files.peek(key) !== undefined || this.#places.find(key) !== undefined;
  }

  protected override async *_keys(prefix: string): AsyncGenerator<string, void, void> {
    const slices = new Slices();
    for await (const { key } of this.#reading(walkKeyFiles(this.path, prefix))) {
      if (slices.over) await slices.pause();
      yield key;
    }
  }

  protected override async _set(batch: Batch<Uint8Array>): Promise<void> {
    await this.#turns.take(() =>
      replaceFiles(this.#places, batch, (key, path) => {
        this.#files.forget(key);
        this.#unsynced.note(path);
      }),
    );
  }

  protected override async _iset(key: string, value: Uint8Array): Promise<void> {
    if (!this._has(key)) await this._set({ keys: [key], values: [value] });
  }

  protected override async _delete(keys: readonly string[]): Promise<void> {
    await this.#turns.take(async () => {
      const folders = new Set<string>();
      await inSlices(keys, (key) => {
        this.#files.forget(key);
        const path = this.#places.find(key);
        if (path !== undefined) folders.add(this.#unlink(path));
      });
      for (const folder of folders) this.#places.removeEmpty(folder);
    });
  }

  protected override async _flush({ durable = false }: FlushOptions): Promise<void> {
    await this.#turns.take(async () => {
      if (!durable) return;
      for (const file of this.#files) {
        if (file.written) this.#unsynced.note(file.path);
        file.written = false;
      }
      await this.#unsynced.sync();
    });
  }

  protected override async _drop(): Promise<void> {
    await this.#turns.take(async () => {
      this.#files.clear();
      removeStaged(this.#places);
      const folders: string[] = [];
      await inSlices(walkKeyFiles(this.path, '', folders), ({ path }) => this.#unlink(path));
      for (const folder of folders.reverse()) this.#places.removeEmpty(folder);
    });
  }

  protected override async _close(): Promise<void> {
    try {
      for (const unfinished of this.#unfinished) await unfinished.return();
      this.#files.clear();
    } finally {
      this.gate.close();
      if (this.#temporary) await removeTemporary(this.path);
    }
  }

  /** Passes on what `source` gives, and remembers to end it should nobody read to its end. */
  async *#reading<T>(
    source: Generator<T, void> | AsyncGenerator<T, void>,
  ): AsyncGenerator<T, void> {
    this.#unfinished.add(source);
    try {
      yield* source;
    } finally {
      this.#unfinished.delete(source);
    }
  }

  /** Deletes a key's file. @returns its folder. */
  #unlink(path: string): string {
    this.#places.unlink(path);
    this.#unsynced.note(path);
    return dirname(path);
  }
}
