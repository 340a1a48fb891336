import { join } from 'node:path';
import { storageError } from '@spillway/core/node';
import type { Appender } from './appender.js';
import { damageOf } from './damage.js';
import type { Damage } from './examine.js';
import { removeIfThere } from './files.js';
import type { LogParts } from './parts.js';
import { replacedBy, salvage } from './salvage.js';
import { SegmentCopy } from './segment-copy.js';
import { hintPath, listSegments, segmentPath } from './segment-files.js';
import { inSlices } from './slices.js';

/** Where damaged segments are set aside, in the log's directory. */
const ASIDE = 'damaged';

/** What a repair did. */
export interface Repair {
  /** What was damaged. */
  readonly damage: readonly Damage[];
  /** Where the damaged segments are now. Spillway doesn't look at them again. */
  readonly setAside: readonly string[];
  /** The keys that are known to have lost something. Those of a lost table are not known. */
  readonly lost: readonly string[];
}

/** Finds damage, and makes a log of what is left. */
export class Repairer {
  readonly #parts: LogParts;
  readonly #appender: Appender;

  constructor(parts: LogParts, appender: Appender) {
    this.#parts = parts;
    this.#appender = appender;
  }

  /** Reads every byte, beside others. @returns all damage. @throws {StorageError} */
  async verify(): Promise<Damage[]> {
    const { gate, files, open, directory } = this.#parts;
    const damage: Damage[] = [];
    const { segments } = listSegments(files, directory);
    for (const name of segments) {
      await gate.run('shared', async () => {
        await this.#parts.prepare();
        const listing = listSegments(files, directory);
        if (!listing.segments.includes(name)) return;
        damage.push(...(await inSlices(damageOf(files, open, directory, listing, name))));
      });
    }
    return damage;
  }

  /** Puts a copy of what can be read in place of each damaged segment, alone. @throws {StorageError} */
  async repair(): Promise<Repair> {
    const { files, open, directory, contents, roster } = this.#parts;
    await this.#parts.prepare();
    this.#appender.leave();
    const damage: Damage[] = [];
    const setAside: string[] = [];
    const lost = new Set<string>();
    const listing = listSegments(files, directory);
    for (const name of listing.segments) {
      const found = await inSlices(damageOf(files, open, directory, listing, name));
      if (found.length === 0) continue;
      damage.push(...found);
      setAside.push(await this.#replace(name, lost));
    }
    open.forget();
    contents.distrust();
    roster.announce(this.#appender.epoch);
    return { damage, setAside, lost: [...lost].sort() };
  }

  /** @returns where the damaged segment is now. */
  async #replace(name: string, lost: Set<string>): Promise<string> {
    const { files, open, directory, lasting } = this.#parts;
    const path = segmentPath(directory, name);
    const replaced = [name, ...replacedBy(files, open, path)];
    const copy = new SegmentCopy(this.#parts, this.#appender.epoch, replaced);
    try {
      await inSlices(salvage(files, open, path, copy, lost));
      await copy.finish(lasting);
      files.makeDirectory(join(directory, ASIDE));
      files.rename(copy.path, segmentPath(directory, copy.name));
      if (lasting) await files.syncDirectory(directory);
      files.rename(path, join(directory, ASIDE, name));
      removeIfThere(files, hintPath(path));
    } catch (error) {
      copy.close();
      removeIfThere(files, copy.path);
      throw storageError(error, 'repair', path);
    }
    return join(directory, ASIDE, name);
  }
}
