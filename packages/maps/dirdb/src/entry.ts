import { checkKey, type Key, quote, StorageError } from '@spillway/core';
import type { Directory } from './directory.js';
import { META_SUFFIX, pathOf, statOf } from './entry-files.js';
import type { Formats } from './formats.js';
import type { Hold } from './hold.js';
import type { Step } from './journal.js';
import { loadMeta, metaBytes } from './meta-file.js';
import type { Meta } from './metadata.js';
import { readPieces, readWhole } from './read.js';

/** What is known of an entry without reading it. */
export interface EntryStat {
  /** The size of the file of its data, in bytes; 0 without data. */
  readonly bytes: number;
  /** When its data or metadata were last written; `undefined` when it has neither. */
  readonly modified: Date | undefined;
  readonly hasData: boolean;
  readonly hasMeta: boolean;
  /** Who has its lock, as in `process 4711 on worker-3`. */
  readonly lockedBy: string | undefined;
}

/** Options of {@link DirDBEntry.putData}. */
export interface PutOptions<M extends object> {
  /** The metadata to be put with the data; `null` for none. Without this, those that are there stay. */
  readonly meta?: M | null;
}

/**
 * One data set of a directory: data, metadata, or both. It need not be there. Reading needs no lock; what changes the
 * entry takes its lock for as long as that lasts.
 *
 * All methods reject with a {@link StorageError} for what the system refuses, with a {@link LockError} when others
 * don't let go of the lock in time, and with a {@link ClosedError} after the database's `close()`.
 *
 * @typeParam V what the data are; stored bytes are not checked against it.
 * @typeParam M what the metadata are; stored ones are not checked against it.
 */
export class DirDBEntry<V = unknown, M extends object = Meta> {
  readonly name: string;
  /** @internal */
  protected readonly directory: Directory;
  readonly #formats: Formats;

  /** @internal */
  constructor(name: string, directory: Directory, formats: Formats) {
    this.name = name;
    this.directory = directory;
    this.#formats = formats;
  }

  /** Whether it has data or metadata. */
  exists(): Promise<boolean> {
    return this.reading(async () => this.directory.files(this.name).length > 0);
  }

  /** What is known of it without reading it. */
  stat(): Promise<EntryStat> {
    return this.reading(async () => {
      const files = this.directory.files(this.name).flatMap(({ suffix, path }) => {
        const stat = statOf(this.directory.root, path);
        return stat ? [{ suffix, ...stat }] : [];
      });
      const data = files.find(({ suffix }) => suffix !== META_SUFFIX);
      return {
        bytes: data?.size ?? 0,
        modified:
          files.length > 0 ? new Date(Math.max(...files.map(({ mtimeMs }) => mtimeMs))) : undefined,
        hasData: data !== undefined,
        hasMeta: files.some(({ suffix }) => suffix === META_SUFFIX),
        lockedBy: this.directory.locks.holder(this.name),
      };
    });
  }

  /**
   * Replaces the data. When it resolves, they are on the disk; a crash before leaves the old or the new ones. Metadata
   * put with them are there with them, and never with others.
   *
   * @throws {SchemaError} when the data have no format here, or the metadata are not JSON; nothing is written.
   */
  async putData(value: V, { meta }: PutOptions<M> = {}): Promise<void> {
    const text = meta && metaBytes(meta);
    const { suffix, pieces } = await this.#formats.dump(value, this.name);
    await this.#staging(async (stage) => {
      const data = await stage(suffix, pieces);
      const steps: Step[] = [['move', data, pathOf(this.name, suffix)]];
      if (text) steps.push(['move', await stage(META_SUFFIX, [text]), this.#metaPath]);
      await this.changing(async ([hold]) => {
        for (const old of this.directory.files(this.name)) {
          const isMeta = old.suffix === META_SUFFIX;
          if (isMeta ? meta === null : old.suffix !== suffix) steps.push(['remove', old.path]);
        }
        await this.directory.commit([hold], steps);
      });
    });
  }

  /**
   * The data; `undefined` if it has none.
   *
   * @throws {CorruptError} when they are not what the file's ending says.
   * @throws {SchemaError} when nothing here reads files with that ending.
   */
  getData(): Promise<V | undefined> {
    return this.reading(async (isLocked) => {
      const data = await this.directory.openData(this.name, isLocked);
      if (data === undefined) return undefined;
      const { handle, suffix, path } = data;
      try {
        const bytes = await readWhole(handle, path);
        return (await this.#formats.load(bytes, suffix, this.name, path)) as V;
      } finally {
        await handle.close();
      }
    });
  }

  /**
   * The data in parts whose join they are, for those larger than memory: typed arrays, or tables of one record batch.
   * Data that are compressed or of another kind come in one part. The parts are of one write, also if others replace
   * the data meanwhile.
   *
   * @throws as {@link getData}.
   */
  async *stream(): AsyncGenerator<V, void, void> {
    const data = await this.reading((isLocked) => this.directory.openData(this.name, isLocked));
    if (data === undefined) return;
    const { handle, suffix, path } = data;
    try {
      const source = {
        path,
        whole: () => readWhole(handle, path),
        pieces: () => readPieces(handle, path),
      };
      yield* this.#formats.stream(source, suffix, this.name) as AsyncGenerator<V, void, void>;
    } finally {
      await handle.close();
    }
  }

  /** The metadata; `null` if it has none. Changing what is read here changes nothing on the disk. */
  readMeta(): Promise<M | null> {
    return this.reading(() => loadMeta<M>(`${this.directory.root}/${this.#metaPath}`, this.name));
  }

  /**
   * Replaces the metadata; `null` removes them.
   *
   * @throws {SchemaError} whose `field` is the path to what JSON can't hold, as in `meta.a.b[3]`.
   */
  async writeMeta(meta: M | null): Promise<void> {
    const path = this.#metaPath;
    if (meta === null) {
      await this.changing(async ([hold]) => {
        const isThere = statOf(this.directory.root, path) !== undefined;
        if (isThere) await this.directory.commit([hold], [['remove', path]]);
      });
      return;
    }
    const text = metaBytes(meta);
    await this.#staging(async (stage) => {
      const staged = await stage(META_SUFFIX, [text]);
      await this.changing(([hold]) => this.directory.commit([hold], [['move', staged, path]]));
    });
  }

  /** Removes data and metadata. @returns whether there were any. */
  delete(): Promise<boolean> {
    return this.changing(async ([hold]) => {
      const steps = this.directory.files(this.name).map(({ path }): Step => ['remove', path]);
      await this.directory.commit([hold], steps);
      return steps.length > 0;
    });
  }

  /**
   * Gives data and metadata another name. This object keeps its own, under which there is nothing then.
   *
   * @returns the entry of the other name.
   * @throws {StorageError} `ENOENT` when there is nothing here, `EEXIST` when there is something there.
   */
  async rename(name: Key): Promise<DirDBEntry<V, M>> {
    const to = checkKey(name);
    const renamed = new DirDBEntry<V, M>(to, this.directory, this.#formats);
    if (to === this.name) return renamed;
    await this.changing(async (holds) => {
      const files = this.directory.files(this.name);
      if (files.length === 0) throw this.#cantRename(to, 'ENOENT', 'it does not exist');
      if (this.directory.files(to).length > 0) {
        throw this.#cantRename(to, 'EEXIST', 'that exists already; delete it first');
      }
      const steps = files.map(({ path, suffix }): Step => ['move', path, pathOf(to, suffix)]);
      await this.directory.commit(holds, steps);
    }, to);
    return renamed;
  }

  /** Runs what reads, when no change of this entry is half-done. @param work gets whether the lock is held. */
  protected async reading<T>(work: (isLocked: boolean) => Promise<T>): Promise<T> {
    await this.directory.settle(this.name);
    return work(false);
  }

  /** Runs what changes this entry, and perhaps another one, under their locks. */
  protected async changing<T>(work: (holds: Holds) => Promise<T>, other?: string): Promise<T> {
    // In one order, so that no two wait for each other.
    const names = other === undefined ? [this.name] : [this.name, other].sort();
    const holds: Hold[] = [];
    try {
      for (const name of names) holds.push(await this.directory.lock(name));
      const own = holds[names.indexOf(this.name)] as Hold;
      return await own.run(() => work([own, ...holds.filter((hold) => hold !== own)]));
    } finally {
      await Promise.all(holds.map((hold) => hold.release()));
    }
  }

  get #metaPath(): string {
    return pathOf(this.name, META_SUFFIX);
  }

  /** Runs `work` with a function that writes files which have no name yet; what has none in the end goes. */
  async #staging(
    work: (
      stage: (suffix: string, pieces: readonly Uint8Array[]) => Promise<string>,
    ) => Promise<void>,
  ): Promise<void> {
    const staged: string[] = [];
    try {
      await work(async (suffix, pieces) => {
        const place = await this.directory.stage(this.name, suffix, pieces);
        staged.push(place);
        return place;
      });
    } catch (error) {
      await this.directory.discard(staged);
      throw error;
    }
  }

  #cantRename(to: string, code: string, reason: string): StorageError {
    return new StorageError(
      `can't rename entry ${quote(this.name)} of ${this.directory.root} to ${quote(to)}: ${reason}`,
      { code, key: this.name, path: this.directory.root },
    );
  }
}

/** The hold of the entry, then perhaps that of another one. */
type Holds = readonly [Hold, ...Hold[]];
