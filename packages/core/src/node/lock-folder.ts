import type { Stats } from 'node:fs';
import { StorageError } from '../errors.js';
import { isGone, type Owner, ownerName, parseOwner } from './owner.js';
import { SmallFiles } from './small-files.js';

/** The folder's name: `%` and no hexadecimal digits, so that no escaped key has it. */
export const LOCK_FOLDER = '%lock';

/** An owner that can't be seen from here counts as gone when it didn't touch its file for so long, in ms. */
export const STALE_AFTER = 20_000;

/** So many names are read by one call, for sure (getdents(2) with a buffer of 32 KiB). */
const LISTED_AT_ONCE = 200;

const TAKEN = 'taken';

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
  /** Since when, in ms since 1970; infinite when it no longer does. */
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
  /** Who this is. */
  readonly name = ownerName();
  readonly #files: SmallFiles;
  #said: State | undefined;
  #generations = 0;

  /** @param path the folder's; it need not exist, but that around it must. */
  constructor(path: string) {
    this.#files = new SmallFiles(path);
  }

  /** Whether someone is alone, or waits for the others to leave. Costs about 1.5 µs. */
  isTaken(): boolean {
    return this.#files.has(TAKEN);
  }

  /**
   * Says something else from now on.
   *
   * @returns `false` when the file was gone, because its owner was taken for gone.
   * @throws {StorageError}
   */
  say(state: State): boolean {
    const said = this.#said;
    if (said === state) return true;
    const renamed = said !== undefined && this.#files.rename(this.#own(said), this.#own(state));
    if (renamed) this.#said = state;
    else if (state === 'idle') this.#said = undefined;
    else this.#begin(state);
    return renamed || said === undefined;
  }

  /** Says nothing any more, and leaves no more behind than has to stay. */
  leave(): void {
    if (this.#said !== undefined) {
      this.#files.remove(this.#own(this.#said));
      this.#files.remove(this.#own('spare'));
    }
    this.#said = undefined;
    this.#files.removeFolder();
  }

  /** Whether what is said here still counts: nobody has taken this one for gone. */
  lives(): boolean {
    return this.#said !== undefined && this.#files.has(this.#own(this.#said));
  }

  /** Whether somebody else claims the way who came before. Of two who came at once, the first by name did. */
  isPreceded(): boolean {
    const since = this.#files.stat(this.#own('claim'))?.ctimeMs ?? Number.POSITIVE_INFINITY;
    return this.others().some(
      (other) =>
        other.state === 'claim' &&
        (other.since < since || (other.since === since && other.name < this.name)),
    );
  }

  /** Shows that this one lives. */
  touch(): void {
    if (this.#said !== undefined) this.#files.touch(this.#own(this.#said));
  }

  /** Takes the way to be alone. @returns `false` when somebody else has it. @throws {StorageError} */
  take(): boolean {
    return !this.isTaken() && this.#nameToo(TAKEN);
  }

  /** Lets others in again. @returns the new generation. */
  letGo(): string {
    for (const entry of this.#generationEntries()) this.#files.remove(entry);
    const generation = this.#end();
    if (this.#said !== undefined) this.#files.link(this.#own(this.#said), this.#own('spare'));
    return generation;
  }

  /** Lets others in again and leaves; where nobody else is, without a trace. */
  vanish(): void {
    for (const entry of this.#generationEntries()) this.#files.remove(entry);
    this.#files.remove(TAKEN);
    this.leave();
  }

  /** Makes the generation another one without having taken the way. @returns it. */
  renew(): string {
    const generation = this.#nextGeneration();
    const [entry] = this.#generationEntries();
    if (entry === undefined || !this.#files.rename(entry, generation)) this.#nameToo(generation);
    return generation;
  }

  /** A text that is another one whenever somebody was alone since. */
  generation(): string {
    return this.#generationEntries().sort().join();
  }

  /** What others say who are not idle. Those who are gone are buried. */
  others(): Other[] {
    const names = this.#files.names();
    // A long list is read in steps, between which a file may be renamed and so be missed.
    const all = names.length > LISTED_AT_ONCE ? new Set([...names, ...this.#files.names()]) : names;
    return [...all].flatMap((entry) =>
      /^(lease|mend|wait|claim),/.test(entry) ? (this.#look(entry) ?? []) : [],
    );
  }

  /** Who has taken the way; somebody gone has it no longer. */
  holder(): Owner | undefined {
    const taken = this.#files.stat(TAKEN);
    if (taken === undefined) return undefined;
    for (const entry of this.#files.names()) {
      if (ownerOf(entry) && this.#files.stat(entry)?.ino === taken.ino)
        return this.#look(entry)?.owner;
    }
    // Nobody's, for somebody has deleted files here by hand; or let go of meanwhile.
    if (this.#files.stat(TAKEN)?.ino === taken.ino && isStale(taken)) this.#end();
    return undefined;
  }

  /** Makes the file. Whoever comes buries all that are gone. */
  #begin(state: State): void {
    this.#said = undefined;
    const others = this.#files.make(this.#own(state));
    this.#said = state;
    this.#files.link(this.#own(state), this.#own('spare'));
    if (others) for (const entry of this.#files.names()) this.#look(entry);
  }

  #look(entry: string): Other | undefined {
    const owner = ownerOf(entry);
    const comma = entry.indexOf(',');
    const name = entry.slice(comma + 1);
    if (owner === undefined || name === this.name) return undefined;
    const state = entry.slice(0, comma) as State;
    const stat = this.#files.stat(entry);
    // It says something else by now. It counts as what it was when the names were read, which is one moment for all:
    // to pass over it would be to overlook somebody who was there the whole time.
    if (stat === undefined) return { state, name, owner, since: Number.POSITIVE_INFINITY };
    const gone = isGone(owner) ?? isStale(stat);
    // A worker thread may end while its process lives; the main thread does not.
    if (gone || (owner.thread !== 0 && isStale(stat))) {
      if (entry.startsWith('spare,')) this.#files.remove(entry);
      else this.#bury(entry);
      return undefined;
    }
    return { state, name, owner, since: stat.ctimeMs };
  }

  #bury(entry: string): void {
    const grave = `buried,${this.name}`;
    if (!this.#files.rename(entry, grave)) return;
    if (this.#files.same(TAKEN, grave)) this.#end();
    this.#files.remove(grave);
  }

  #end(): string {
    const generation = this.#nextGeneration();
    this.#files.rename(TAKEN, generation);
    return generation;
  }

  /** Gives the own file a second name. @returns `false` when that is another's. */
  #nameToo(second: string): boolean {
    const own = this.#own(this.#said ?? 'idle');
    let refused = this.#files.link(own, second);
    if (refused === 'ENOSPC') {
      this.#files.remove(this.#own('spare'));
      refused = this.#files.link(own, second);
    }
    if (refused === 'ENOSPC') {
      throw new StorageError(`can't lock ${this.#files.path}: the disk is full (ENOSPC)`, {
        code: refused,
        path: this.#files.path,
      });
    }
    // Taken for gone. There will be another time.
    if (refused === 'ENOENT') this.#begin(this.#said ?? 'idle');
    return refused === undefined;
  }

  #nextGeneration(): string {
    return `generation,${this.name},${++this.#generations}`;
  }

  #generationEntries(): string[] {
    return this.#files.names().filter((entry) => entry.startsWith('generation,'));
  }

  #own(state: State | 'spare'): string {
    return `${state},${this.name}`;
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
