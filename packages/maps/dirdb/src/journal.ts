import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CorruptError } from '@spillway/core';
import { storageError, systemCode } from '@spillway/core/node';
import { idOf } from './entry-name.js';
import { type Files, removeIfThere } from './files.js';
import { STAGING_FOLDER, type Staging } from './staging.js';

/** The folder of records; a name that no entry's file has. */
export const JOURNAL_FOLDER = '%journal';

/** A part of a change: a file is moved to where another one may be, or removed. Paths are relative. */
export type Step = readonly ['move', from: string, to: string] | readonly ['remove', path: string];

/** A change of several files that is decided, but perhaps not done. */
export interface ChangeRecord {
  /** The record's file. */
  readonly path: string;
  /** The entries concerned. */
  readonly names: readonly string[];
  readonly steps: readonly Step[];
}

/**
 * Makes changes of several files one: what is to be done is recorded first, in a file that says it all, and whoever
 * finds a record of somebody who is gone does the rest. A change is decided when its record has its name.
 *
 * What a record says can be done again: moving what isn't there any more is no step. So that a record which comes back
 * after a power cut finds nothing to do, the folders are on the disk before it is removed; so that it doesn't come back
 * when others have changed the entry since, its removal is on the disk before the entry's lock is given away.
 */
export class Journal {
  readonly #root: string;
  readonly #files: Files;
  readonly #staging: Staging;
  readonly #folder: string;

  constructor(root: string, files: Files, staging: Staging) {
    this.#root = root;
    this.#files = files;
    this.#staging = staging;
    this.#folder = `${root}/${JOURNAL_FOLDER}`;
  }

  /** The records there are, of one entry or of all. */
  records(name?: string): ChangeRecord[] {
    const id = name === undefined ? undefined : hashOf(idOf(name));
    return list(this.#folder)
      .filter((file) => id === undefined || file.split(',').includes(id))
      .flatMap((file) => read(`${this.#folder}/${file}`) ?? [])
      .filter(({ names }) => name === undefined || names.includes(name));
  }

  /**
   * Does all steps or, if that isn't possible, none. Its caller has the entries' locks, and has made sure that there
   * is no record of them.
   *
   * @throws the system's error. Where a record is left then, the change is done all the same, by whoever finds it.
   */
  async commit(names: readonly string[], steps: readonly Step[]): Promise<void> {
    const targets = steps.flatMap((step) => (step[0] === 'move' ? [dirname(step[2])] : []));
    for (const folder of new Set(targets)) await this.#makeFolder(folder);
    if (steps.length === 1) {
      await this.#do(steps, false);
      await this.#sync(steps);
    } else if (steps.length > 1) {
      const path = `${this.#folder}/${names.map(idOf).join(',')}`;
      await this.#decide({ path, names, steps });
      await this.#do(steps, false);
      await this.#end({ path, names, steps });
    }
  }

  /** Does what is left of a record. Its caller has the entries' locks. */
  async finish(record: ChangeRecord): Promise<void> {
    await this.#do(record.steps, true);
    await this.#end(record);
  }

  async #decide({ path, names, steps }: ChangeRecord): Promise<void> {
    const staged = await this.#staging.write([Buffer.from(JSON.stringify({ names, steps }))]);
    try {
      // The names of what the steps move, too, must be there for sure when the record is.
      await this.#staging.sync();
      await this.#files.rename(join(this.#root, staged), path);
    } catch (error) {
      await this.#staging.discard(staged);
      throw error;
    }
    // If this fails, the record stays: taken back, it might be there again after a power cut.
    await this.#files.syncDirectory(this.#folder);
  }

  /** Makes a folder whose name is on the disk then, also if somebody else has just made it. */
  async #makeFolder(folder: string): Promise<void> {
    if (folder === '.') return;
    await this.#files.makeDirectory(join(this.#root, folder));
    for (let inner = folder; inner !== '.'; inner = dirname(inner)) {
      await this.#files.syncDirectory(join(this.#root, dirname(inner)));
    }
  }

  async #do(steps: readonly Step[], again: boolean): Promise<void> {
    for (const [kind, path, to] of steps) {
      try {
        if (kind === 'remove') await this.#files.remove(join(this.#root, path));
        else await this.#files.rename(join(this.#root, path), join(this.#root, to));
      } catch (error) {
        const done = systemCode(error) === 'ENOENT' && (again || kind === 'remove');
        if (!done) throw error;
      }
    }
  }

  async #end(record: ChangeRecord): Promise<void> {
    await this.#sync(record.steps);
    await removeIfThere(this.#files, record.path);
    await this.#files.syncDirectory(this.#folder);
  }

  /** Brings the folders that steps change to the disk. In the staging folder, nobody looks but by a record. */
  async #sync(steps: readonly Step[]): Promise<void> {
    // Where files went to comes before where they came from, so that none is nowhere.
    const places = steps.map(([, ...paths]) => paths.map((path) => dirname(path)).reverse());
    const folders = new Set([...places.map(([to]) => to as string), ...places.flat()]);
    folders.delete(STAGING_FOLDER);
    for (const folder of folders) {
      try {
        await this.#files.syncDirectory(join(this.#root, folder));
      } catch (error) {
        // The user has deleted it, and all that was in it.
        if (systemCode(error) !== 'ENOENT') throw error;
      }
    }
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw storageError(error, 'list', folder);
  }
}

/** @returns `undefined` when it is gone, because its writer is done. */
function read(path: string): ChangeRecord | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw storageError(error, 'read', path);
  }
  try {
    return { path, ...(JSON.parse(text) as { names: string[]; steps: Step[] }) };
  } catch (cause) {
    throw new CorruptError(`${path} is no record of a change; was it changed by hand?`, {
      path,
      cause,
    });
  }
}

function hashOf(id: string): string {
  return id.slice(id.indexOf(',') + 1);
}
