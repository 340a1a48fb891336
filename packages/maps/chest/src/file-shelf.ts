import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type FlushOptions, SchemaError } from '@spillway/core';
import {
  DirectoryGate,
  inParallel,
  KeyFiles,
  makeTemporary,
  removeTemporary,
  Slices,
  storageError,
  systemCode,
  walkKeyFiles,
} from '@spillway/core/node';
import { readFile } from './file-reader.js';
import { noteWrite } from './here.js';
import type { Changes, Found, HeldShelf, Shelf } from './shelf.js';
import { StagedFiles } from './staged-files.js';
import { stampOf } from './stamp.js';
import { syncTree } from './sync-tree.js';

/** The folder of what isn't a value; a name that no key's file has. */
const OWN_FOLDER = '%chest';

/** So many files are open at a time. */
const LANES = 4;

/**
 * A file for each value, in a directory that many processes may use:
 *
 * - A value is written beside and renamed, so that a reader needs no lock. Writers hold a lease of the directory's gate;
 *   who deletes or is alone waits until there are none.
 * - The file `%chest/changes` is one byte longer after each write of anybody. So its length says, in one look, that
 *   something has changed; a file's own stamp says whether that was it.
 * - The file `%chest/extension` says what all files end in.
 */
export class FileShelf implements Shelf {
  readonly place: string;
  readonly firstGroup = LANES;
  readonly takesBatches = false;
  readonly #temporary: boolean;
  readonly #ending: string;
  readonly #gate: DirectoryGate;
  readonly #places: KeyFiles;
  readonly #staged: StagedFiles;
  readonly #changes: number;
  /** How long `changes` would be, had only this one written. */
  #own = 0;

  /**
   * @param path the directory; without one it is temporary.
   * @param ending what the names of files end in, such as `.json`.
   */
  constructor(path: string | undefined, ending: string, lockTimeout: number) {
    this.#temporary = path === undefined;
    this.place = path === undefined ? makeTemporary('chest') : resolve(path);
    this.#ending = ending;
    const own = `${this.place}/${OWN_FOLDER}`;
    try {
      mkdirSync(own, { recursive: true });
      checkEnding(this.place, own, ending);
      this.#changes = openSync(`${own}/changes`, 'a');
    } catch (error) {
      throw storageError(error, 'make the directory', this.place);
    }
    this.#staged = new StagedFiles(`${own}/new`);
    this.#places = new KeyFiles(this.place);
    this.#gate = new DirectoryGate(this.place, { lockTimeout });
  }

  time(): number {
    return fstatSync(this.#changes).size - this.#own;
  }

  isCurrent(name: string, stamp: unknown): boolean {
    const path = this.#places.find(name + this.#ending);
    if (path === undefined) return false;
    const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
    return stat !== undefined && stampOf(stat) === stamp;
  }

  async read(names: readonly string[]): Promise<(Found | undefined)[]> {
    const found: (Found | undefined)[] = [];
    const slices = new Slices();
    await inParallel(
      names.keys(),
      async (i) => {
        if (slices.over) await slices.pause();
        found[i] = await readFile(this.#places, names[i] + this.#ending);
      },
      LANES,
    );
    return found;
  }

  has(name: string): boolean {
    return this.#places.find(name + this.#ending) !== undefined;
  }

  async *names(): AsyncGenerator<string, void, void> {
    const slices = new Slices();
    for (const { key } of walkKeyFiles(this.place, '')) {
      if (slices.over) await slices.pause();
      if (key.endsWith(this.#ending)) yield key.slice(0, key.length - this.#ending.length);
    }
  }

  /** Reads some files ahead. */
  async *entries(): AsyncGenerator<readonly [name: string, bytes: Uint8Array], void, void> {
    const ahead: Promise<readonly [string, Found | undefined]>[] = [];
    const next = async function* () {
      const entry = await ahead.shift();
      if (entry?.[1] !== undefined) yield [entry[0], entry[1].bytes] as const;
    };
    try {
      for await (const name of this.names()) {
        ahead.push(this.read([name]).then(([found]) => [name, found] as const));
        if (ahead.length === LANES) yield* next();
      }
      while (ahead.length > 0) yield* next();
    } finally {
      await Promise.allSettled(ahead);
    }
  }

  async write(changes: Changes): Promise<readonly unknown[]> {
    // Folders disappear only while whoever deletes is alone.
    const { names, payloads } = changes;
    const deletes = names.some((name, i) => payloads[i] === undefined && this.has(name));
    return this.#gate.run(deletes ? 'alone' : 'shared', () => this.#write(changes));
  }

  async alone<T>(work: (shelf: HeldShelf) => Promise<T>): Promise<T> {
    return this.#gate.run('exclusive', () =>
      work({
        read: (names) => this.read(names),
        write: (changes) => this.#write(changes),
        drop: () => this.#drop(),
      }),
    );
  }

  /** Files are where others find them as soon as they are written. */
  async flush({ durable = false }: FlushOptions): Promise<void> {
    if (durable) await syncTree(this.place);
  }

  pathOf(name: string): string {
    return this.#places.where(name + this.#ending);
  }

  async close(): Promise<void> {
    closeSync(this.#changes);
    this.#gate.close();
    if (this.#temporary) await removeTemporary(this.place);
  }

  async #write({ names, payloads }: Changes): Promise<readonly unknown[]> {
    const stamps: unknown[] = [];
    const slices = new Slices();
    try {
      await inParallel(
        names.entries(),
        async ([i, name]) => {
          if (slices.over) await slices.pause();
          const key = name + this.#ending;
          const payload = payloads[i];
          if (payload === undefined) this.#delete(key);
          else stamps[i] = await this.#staged.write(payload, () => this.#places.place(key));
        },
        LANES,
      );
    } finally {
      this.#notify();
    }
    return stamps;
  }

  /** Its caller is alone. */
  #delete(key: string): void {
    const path = this.#places.find(key);
    if (path === undefined) return;
    this.#places.unlink(path);
    this.#places.removeEmpty(dirname(path));
  }

  async #drop(): Promise<void> {
    const folders: string[] = [];
    const slices = new Slices();
    for (const { key, path } of walkKeyFiles(this.place, '', folders)) {
      if (slices.over) await slices.pause();
      if (key.endsWith(this.#ending)) this.#places.unlink(path);
    }
    for (const folder of folders.reverse()) this.#places.removeEmpty(folder);
    this.#notify();
  }

  #notify(): void {
    noteWrite();
    try {
      this.#own += writeSync(this.#changes, '+');
    } catch (error) {
      throw storageError(error, 'write', `${this.place}/${OWN_FOLDER}/changes`);
    }
  }
}

/** @throws {SchemaError} when the directory's files end in something else. */
function checkEnding(path: string, own: string, ending: string): void {
  const file = `${own}/extension`;
  try {
    const fd = openSync(file, 'wx');
    writeSync(fd, `${ending}\n`);
    closeSync(fd);
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    // Whoever made it was killed before it wrote, or is about to.
    const text = readFileSync(file, 'utf8');
    const known = text.slice(0, -1);
    if (text === '' || known === ending) return;
    const show = (one: string) => (one === '' ? 'have no extension' : `end in ${one}`);
    throw new SchemaError(
      `the values in ${path} ${show(known)}, but this codec's ${show(ending)}; open it with the codec it was written with`,
      { path },
    );
  }
}
