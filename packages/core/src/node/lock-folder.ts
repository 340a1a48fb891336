import {
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  unlinkSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { isGone, type Owner, ownerName, parseOwner } from './owner.js';
import { storageError, systemCode } from './storage-error.js';

/** The folder's name: `%` and no hexadecimal digits, so that no escaped key has it. */
export const LOCK_FOLDER = '%lock';

/** An owner that can't be seen from here counts as gone when its file was not touched for so long, in ms. */
export const STALE_AFTER = 20_000;

const ABSENT_IS_FINE = { throwIfNoEntry: false } as const;

/** The last one to leave removes the folder, perhaps again and again just when it was made. */
const ATTEMPTS = 100;

/**
 * What a thread tells the others, each in a file of its own in the lock folder:
 * - `lease`: shared operations may be running here;
 * - `wait`: shared operations wait here for whoever is alone;
 * - `mend`: the shared operation that runs here needs the others to keep still.
 */
export type Mark = 'lease' | 'wait' | 'mend';

/** A mark that stands. */
export interface StandingMark {
  readonly mark: Mark;
  /** Who put it up, as {@link ownerName} names it. */
  readonly name: string;
  readonly owner: Owner;
  /** When it was put up or touched, in ms since 1970. */
  readonly since: number;
}

/**
 * The files by which threads and processes agree on a directory. Each mark and each claim has a name that
 * is never used again, so removing one that somebody gone has left can't hit another's.
 *
 * The claim to be alone is a file in the folder `taken`. A claimant makes a folder with the claim in it and
 * renames it to `taken`, which the system refuses unless `taken` is absent or empty. To let go, the claim
 * is renamed to `generation,…`, out of `taken`: at one stroke the way is free and the generation another.
 */
export class LockFolder {
  readonly path: string;
  readonly #taken: string;

  constructor(directory: string) {
    this.path = join(directory, LOCK_FOLDER);
    this.#taken = join(this.path, 'taken');
  }

  /** Whether someone is alone, or waits for the others to leave. Costs about 1.5 µs. */
  isTaken(): boolean {
    return statSync(this.#taken, ABSENT_IS_FINE) !== undefined;
  }

  /** Puts up a mark. @throws {StorageError} */
  putUp(mark: Mark, name: string): void {
    this.#inside(() => closeSync(openSync(join(this.path, `${mark},${name}`), 'wx')));
  }

  /** Takes a mark down. */
  takeDown(mark: Mark, name: string): void {
    this.#unlessGone(() => unlinkSync(join(this.path, `${mark},${name}`)));
  }

  /** The marks of others; what those who are gone have left is removed. */
  marksBeside(name: string): StandingMark[] {
    return this.#entries()
      .filter((entry) => !entry.endsWith(name))
      .flatMap((entry) => this.#standing(entry) ?? []);
  }

  /** Claims to be alone. @returns the claim, or `undefined` when somebody else has it. @throws {StorageError} */
  claim(): string | undefined {
    if (this.isTaken()) return undefined;
    const claim = ownerName();
    const staged = join(this.path, `claim,${claim}`);
    this.#inside(() => mkdirSync(staged));
    try {
      closeSync(openSync(join(staged, claim), 'wx'));
      renameSync(staged, this.#taken);
      return claim;
    } catch (error) {
      rmSync(staged, { recursive: true, force: true });
      if (['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(systemCode(error) ?? '')) return undefined;
      throw storageError(error, 'lock', this.path);
    }
  }

  /** Lets others in again. @returns `false` when the claim was no longer there. */
  letGo(claim: string): boolean {
    for (const entry of this.#generations())
      this.#unlessGone(() => unlinkSync(join(this.path, entry)));
    return this.#end(claim);
  }

  /** Who is alone, or wants to be. A claim of somebody gone is let go of. */
  holder(): Owner | undefined {
    const claim = (this.#unlessGone(() => readdirSync(this.#taken)) ?? [])[0];
    if (claim === undefined) {
      this.#removeTaken();
      return undefined;
    }
    const owner = parseOwner(claim);
    if (owner === undefined)
      throw new Error(`${join(this.#taken, claim)} is no claim of Spillway's`);
    if (!this.#isGone(owner, join(this.#taken, claim))) return owner;
    this.#end(claim);
    return undefined;
  }

  /** A text that is another one whenever somebody was alone since. */
  generation(): string {
    return this.#generations().sort().join();
  }

  /** Shows that the owner of a mark or claim lives. @returns `false` when it was removed. */
  touch(name: string): boolean {
    const now = new Date();
    const touched = this.#unlessGone(() => {
      utimesSync(join(this.path, name), now, now);
      return true;
    });
    return touched ?? false;
  }

  /** Removes the folder if nothing is in it. */
  removeIfEmpty(): void {
    removeEmpty(this.path);
  }

  #generations(): string[] {
    return this.#entries().filter((entry) => entry.startsWith('generation,'));
  }

  #entries(): string[] {
    return this.#unlessGone(() => readdirSync(this.path)) ?? [];
  }

  #end(claim: string): boolean {
    const ended = this.#unlessGone(() => {
      renameSync(join(this.#taken, claim), join(this.path, `generation,${claim}`));
      return true;
    });
    this.#removeTaken();
    return ended ?? false;
  }

  #standing(entry: string): StandingMark | undefined {
    const comma = entry.indexOf(',');
    const mark = entry.slice(0, comma);
    const name = entry.slice(comma + 1);
    const owner = parseOwner(name);
    if (owner === undefined || mark === 'generation') return undefined;
    const path = join(this.path, entry);
    const stat = this.#unlessGone(() => lstatSync(path));
    if (stat === undefined) return undefined;
    if (this.#isGone(owner, path)) {
      rmSync(path, { recursive: true, force: true });
      return undefined;
    }
    if (mark !== 'lease' && mark !== 'wait' && mark !== 'mend') return undefined;
    return { mark, name, owner, since: stat.mtimeMs };
  }

  /** The main thread of a process that lives is never gone, however long it is busy. */
  #isGone(owner: Owner, path: string): boolean {
    const gone = isGone(owner);
    if (gone !== undefined && (gone || owner.thread === 0)) return gone;
    const stat = this.#unlessGone(() => lstatSync(path));
    return stat !== undefined && stat.mtimeMs < Date.now() - STALE_AFTER;
  }

  #removeTaken(): void {
    removeEmpty(this.#taken);
  }

  /** Runs `make`, which makes something in the folder; the folder is made when it isn't there. */
  #inside(make: () => void): void {
    for (let attempt = 0; ; attempt++) {
      try {
        make();
        return;
      } catch (error) {
        if (systemCode(error) !== 'ENOENT' || attempt === ATTEMPTS)
          throw storageError(error, 'lock', this.path);
      }
      try {
        mkdirSync(this.path);
      } catch (error) {
        if (systemCode(error) !== 'EEXIST') throw storageError(error, 'lock', this.path);
      }
    }
  }

  #unlessGone<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw storageError(error, 'lock', this.path);
    }
  }
}

/** Removes a folder, unless something is in it or someone else was quicker. */
function removeEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    const code = systemCode(error);
    if (code !== 'ENOENT' && code !== 'ENOTEMPTY' && code !== 'EEXIST')
      throw storageError(error, 'unlock', path);
  }
}
