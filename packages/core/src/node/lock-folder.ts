import {
  closeSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  type Stats,
  statSync,
  unlinkSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { isGone, type Owner, ownerName, parseOwner } from './owner.js';
import { storageError, systemCode } from './storage-error.js';

/** The folder's name: `%` and no hexadecimal digits, so that no escaped key has it. */
export const LOCK_FOLDER = '%lock';

/** An owner that can't be seen from here counts as gone when it didn't touch its file for so long, in ms. */
export const STALE_AFTER = 20_000;

/** The last one to leave removes the folder, perhaps again and again just when it was made. */
const ATTEMPTS = 100;

/** So many names are read by one call, for sure (getdents(2) with a buffer of 32 KiB). */
const LISTED_AT_ONCE = 200;

const ABSENT_IS_FINE = { throwIfNoEntry: false } as const;

/**
 * What the owner of a file in the folder says with the file's name:
 * - `idle`: nothing;
 * - `lease`: shared operations may be running here;
 * - `mend`: the same, and the one that runs needs the others to keep still;
 * - `wait`: shared operations wait here for whoever is alone;
 * - `claim`: here is, or waits, someone who wants to be alone.
 */
export type State = 'idle' | 'lease' | 'mend' | 'wait' | 'claim';

/** What another one says. */
export interface Other {
  readonly state: State;
  readonly name: string;
  readonly owner: Owner;
  /** Since when, in ms since 1970. */
  readonly since: number;
}

/**
 * The files by which threads and processes agree on a directory. Each has one file in the folder, whose
 * name says who it is and what it does; saying something else is renaming it. So once the file is there, a
 * full disk stops nobody. (Where names take room, a `spare` one is kept, to be given up for `taken`.)
 *
 * Who is to be alone gives its file a second name, `taken`, which the system refuses when there is one.
 * To let go, it renames `taken` to `generation,…`: at one stroke the way is free and the generation another.
 *
 * Files of somebody gone are buried: renamed to `buried,…`, which the system lets only one do, and then
 * removed, after `taken` if that is a name of the same file. Whoever finds its file renamed was taken for
 * gone.
 */
export class LockFolder {
  readonly path: string;
  /** Who this is. */
  readonly name = ownerName();
  readonly #taken: string;
  #said: State | undefined;
  #ends = 0;

  constructor(directory: string) {
    this.path = join(directory, LOCK_FOLDER);
    this.#taken = join(this.path, 'taken');
  }

  /** Whether someone is alone, or waits for the others to leave. Costs about 1.5 µs. */
  isTaken(): boolean {
    return this.#attempt(() => statSync(this.#taken, ABSENT_IS_FINE)) !== undefined;
  }

  /**
   * Says something else from now on.
   *
   * @returns `false` when the file was removed, because its owner was taken for gone.
   * @throws {StorageError}
   */
  say(state: State): boolean {
    const said = this.#said;
    this.#said = state;
    if (said === state) return true;
    if (said !== undefined && this.#rename(this.#own(said), this.#own(state))) return true;
    this.#make(this.#own(state));
    return said === undefined;
  }

  /** Says nothing any more, and leaves no more behind than has to stay. */
  leave(): void {
    if (this.#said !== undefined) {
      this.#remove(this.#own(this.#said));
      this.#remove(this.#own('spare'));
    }
    this.#said = undefined;
    removeEmpty(this.path);
  }

  /** Shows that this one lives. @returns `false` when it was taken for gone. */
  touch(): boolean {
    const now = new Date();
    const touched = this.#unlessAbsent(() => {
      utimesSync(this.#own(this.#said ?? 'idle'), now, now);
      return true;
    });
    return touched ?? false;
  }

  /** Takes the way to be alone. @returns `false` when somebody else has it. */
  take(): boolean {
    if (this.isTaken()) return false;
    const own = this.#own(this.#said ?? 'idle');
    try {
      this.#linkAtAnyCost(own, this.#taken);
      return true;
    } catch (error) {
      if (systemCode(error) === 'EEXIST') return false;
      if (systemCode(error) !== 'ENOENT') throw storageError(error, 'lock', this.path);
      // Taken for gone. There will be another time.
      this.#make(own);
      return false;
    }
  }

  /** Lets others in again. @returns the new generation. */
  letGo(): string {
    for (const entry of this.#generations()) this.#remove(join(this.path, entry));
    const generation = this.#end();
    this.#keepSpare();
    return generation;
  }

  /** Makes the generation another one without having taken the way. @returns it. */
  renew(): string {
    const generation = this.#newGeneration();
    const [entry] = this.#generations();
    const path = join(this.path, generation);
    if (entry !== undefined && this.#rename(join(this.path, entry), path)) return generation;
    this.#attempt(() => this.#linkAtAnyCost(this.#own(this.#said ?? 'idle'), path));
    return generation;
  }

  /** A text that is another one whenever somebody was alone since. */
  generation(): string {
    return this.#generations().sort().join();
  }

  /** What others say who are not idle. Those who are gone are buried. */
  others(): Other[] {
    const entries = this.#entries();
    // A long list is read in steps, between which a file may be renamed and so be missed.
    const all =
      entries.length > LISTED_AT_ONCE ? new Set([...entries, ...this.#entries()]) : entries;
    return [...all].flatMap((entry) => {
      if (!/^(lease|mend|wait|claim),/.test(entry)) return [];
      return this.#look(entry) ?? [];
    });
  }

  /** Who has taken the way; somebody gone has it no longer. */
  holder(): Owner | undefined {
    const taken = this.#stat(this.#taken);
    if (taken === undefined) return undefined;
    for (const entry of this.#entries()) {
      const own = ownerOf(entry) && this.#stat(join(this.path, entry));
      if (own?.ino === taken.ino) return this.#look(entry)?.owner;
    }
    // Nobody's, for somebody has deleted files here by hand; or let go of meanwhile.
    if (this.#stat(this.#taken)?.ino === taken.ino && isStale(taken)) this.#end();
    return undefined;
  }

  /** Buries all that are gone. */
  sweep(): void {
    for (const entry of this.#entries()) this.#look(entry);
  }

  #look(entry: string): Other | undefined {
    const owner = ownerOf(entry);
    const name = entry.slice(entry.indexOf(',') + 1);
    if (owner === undefined || name === this.name) return undefined;
    const stat = this.#stat(join(this.path, entry));
    if (stat === undefined) return undefined;
    const gone = isGone(owner) ?? isStale(stat);
    // A worker thread may end while its process lives; the main thread does not.
    if (gone || (owner.thread !== 0 && isStale(stat))) {
      if (entry.startsWith('spare,')) this.#remove(join(this.path, entry));
      else this.#bury(entry);
      return undefined;
    }
    return { state: entry.slice(0, entry.indexOf(',')) as State, name, owner, since: stat.ctimeMs };
  }

  #bury(entry: string): void {
    const grave = join(this.path, `buried,${this.name}`);
    if (!this.#rename(join(this.path, entry), grave)) return;
    const taken = this.#stat(this.#taken);
    if (taken !== undefined && taken.ino === this.#stat(grave)?.ino) this.#end();
    this.#remove(grave);
  }

  #end(): string {
    const generation = this.#newGeneration();
    this.#rename(this.#taken, join(this.path, generation));
    return generation;
  }

  #newGeneration(): string {
    return `generation,${this.name},${++this.#ends}`;
  }

  #generations(): string[] {
    return this.#entries().filter((entry) => entry.startsWith('generation,'));
  }

  #entries(): string[] {
    return this.#unlessAbsent(() => readdirSync(this.path)) ?? [];
  }

  #own(state: State | 'spare'): string {
    return join(this.path, `${state},${this.name}`);
  }

  /** Makes an empty file, and the folder when it isn't there. */
  #make(path: string): void {
    for (let attempt = 0; ; attempt++) {
      try {
        closeSync(openSync(path, 'wx'));
        this.#keepSpare();
        if (attempt === 0) this.sweep();
        return;
      } catch (error) {
        if (systemCode(error) !== 'ENOENT' || attempt === ATTEMPTS) {
          throw storageError(error, 'lock', this.path);
        }
      }
      try {
        mkdirSync(this.path);
      } catch (error) {
        if (systemCode(error) !== 'EEXIST') throw storageError(error, 'lock', this.path);
      }
    }
  }

  #keepSpare(): void {
    try {
      if (this.#said !== undefined) this.#link(this.#own(this.#said), this.#own('spare'));
    } catch (error) {
      if (!['EEXIST', 'ENOENT'].includes(systemCode(error) ?? '')) throw error;
    }
  }

  #linkAtAnyCost(path: string, name: string): void {
    if (this.#link(path, name)) return;
    this.#remove(this.#own('spare'));
    linkSync(path, name);
  }

  /** Gives a file a second name. @returns `false` when there is no room for it. */
  #link(path: string, name: string): boolean {
    try {
      linkSync(path, name);
      return true;
    } catch (error) {
      if (systemCode(error) === 'ENOSPC') return false;
      throw error;
    }
  }

  #rename(from: string, to: string): boolean {
    const renamed = this.#unlessAbsent(() => {
      renameSync(from, to);
      return true;
    });
    return renamed ?? false;
  }

  #remove(path: string): void {
    this.#unlessAbsent(() => unlinkSync(path));
  }

  #stat(path: string): Stats | undefined {
    return this.#attempt(() => lstatSync(path, ABSENT_IS_FINE));
  }

  #unlessAbsent<T>(work: () => T): T | undefined {
    return this.#attempt(() => {
      try {
        return work();
      } catch (error) {
        if (systemCode(error) === 'ENOENT') return undefined;
        throw error;
      }
    });
  }

  #attempt<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw storageError(error, 'lock', this.path);
    }
  }
}

/** Whoever lives touches its file, or renames it, more often than this. */
function isStale({ ctimeMs }: Stats): boolean {
  return ctimeMs < Date.now() - STALE_AFTER;
}

function ownerOf(entry: string): Owner | undefined {
  return /^(idle|lease|mend|wait|claim|spare|buried),/.test(entry)
    ? parseOwner(entry.slice(entry.indexOf(',') + 1))
    : undefined;
}

/** Removes a folder, unless something is in it or someone else was quicker. */
function removeEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(systemCode(error) ?? '')) {
      throw storageError(error, 'unlock', path);
    }
  }
}
