import { setImmediate as otherWork } from 'node:timers/promises';
import type { StorageError } from '@spillway/core';
import { storageError } from '@spillway/core/node';
import type { Appender } from './appender.js';
import type { Followed } from './contents.js';
import { removeIfThere } from './files.js';
import { SEGMENT_HEADER_BYTES } from './format.js';
import { writeHint } from './hint.js';
import { copyLive } from './live-copy.js';
import type { LogParts } from './parts.js';
import { RecordReader } from './record-reader.js';
import { SegmentCopy } from './segment-copy.js';
import { hintPath, listSegments, readHint, removeSegment, segmentPath } from './segment-files.js';
import { tidy } from './tidy.js';
import { SCRATCH_BYTES, ValueReader } from './value-reader.js';

/** Segments that are copied into one. */
interface Group {
  readonly inputs: readonly Followed[];
  readonly copy: SegmentCopy;
}

/** A segment is copied when this share of its values is dead, or when it is this share of a full one. */
const DEAD_SHARE = 1 / 4;
const SMALL_SHARE = 1 / 4;

/** So many small segments are too many, once they have been at rest for so many ms. */
const MANY_SMALL = 64;
const AT_REST = 10_000;

/** Groups that are put in place at a time: everybody reads the log's hints anew then. */
const GROUPS_AT_ONCE = 4;

/** How often a run begins anew after others got in its way. */
const ATTEMPTS = 5;

type Outcome = 'replaced' | 'disturbed' | 'done';

/** How long the copying goes on before others get their turn, in ms. */
const PASS = 5;

/**
 * Gives the space of dead values back: copies what is live of the segments that hold much of them, and of
 * small ones, into new segments, while everybody goes on; then puts those in their place, alone for a moment.
 */
export class Compactor {
  readonly #parts: LogParts;
  readonly #appender: Appender;
  #stopped = false;
  /** When small segments are counted again, in ms. */
  #nextCount = 0;
  /** The run under way; never rejects. */
  #running: Promise<void> | undefined;

  constructor(parts: LogParts, appender: Appender) {
    this.#parts = parts;
    this.#appender = appender;
  }

  /**
   * Gives space back.
   *
   * @param all whether segments with anything dead in them are copied, and not only those with much.
   * @throws {CorruptError} when a segment is damaged; nothing was changed then. @throws {StorageError}
   */
  async run(all: boolean): Promise<void> {
    while (this.#running) await this.#running;
    const run = this.#run(all);
    this.#running = run
      .catch(() => {})
      .finally(() => {
        this.#running = undefined;
      });
    await run;
  }

  /** Gives space back in the background, once it is worth the while. */
  runIfNeeded(): void {
    if (this.#running !== undefined || this.#stopped || !this.#isNeeded()) return;
    // Nothing is lost when it fails: who reads or writes meets with the reason again.
    this.run(false).catch(() => {});
  }

  #isNeeded(): boolean {
    const { segmentBytes, contents } = this.#parts;
    const { liveBytes, deadBytes } = contents.index;
    if (deadBytes >= Math.max(liveBytes, segmentBytes * SMALL_SHARE)) return true;
    const now = performance.now();
    if (contents.count <= MANY_SMALL || now < this.#nextCount) return false;
    this.#nextCount = now + AT_REST;
    const small = contents.segments.filter(
      ({ position, grownAt }) => position < segmentBytes * SMALL_SHARE && grownAt < now - AT_REST,
    );
    return small.length > MANY_SMALL;
  }

  /** Has a run that is under way give up. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  /** Compactors of other handles may get in each other's way; then the one that began last goes on. */
  async #run(all: boolean): Promise<void> {
    const { gate, contents } = this.#parts;
    for (let attempts = all ? ATTEMPTS : 1; attempts > 0 && !this.#stopped; attempts--) {
      await gate.run('alone', () => tidy(this.#parts, this.#appender));
      let outcome: Outcome = 'replaced';
      for (let rounds = contents.segments.length; rounds > 0 && outcome === 'replaced'; rounds--) {
        outcome = await this.#round(all);
      }
      if (outcome !== 'disturbed') return;
    }
  }

  async #round(all: boolean): Promise<Outcome> {
    const { gate, contents } = this.#parts;
    const groups: Group[] = [];
    try {
      await gate.run('shared', async () => {
        await this.#parts.catchUp();
        groups.push(...this.#choose(all).map((inputs) => this.#begin(inputs)));
      });
      if (groups.length === 0) return 'done';
      const { version } = contents;
      for (const group of groups) {
        if (!(await this.#copy(group, version))) return 'disturbed';
      }
      return await gate.run('alone', () => this.#replace(groups, version));
    } catch (error) {
      if (
        (error as StorageError).code === 'ENOENT' &&
        !groups.every((group) => this.#isThere(group))
      )
        return 'disturbed';
      throw error;
    } finally {
      for (const { copy } of groups) this.#discard(copy);
    }
  }

  #choose(all: boolean): Followed[][] {
    const { segmentBytes, contents } = this.#parts;
    const worth = contents.segments.filter(({ done, path, position, indexed }) => {
      const { deadPieces, deadBytes, valueBytes } = indexed;
      if (!done) return false;
      if (position < segmentBytes * SMALL_SHARE || this.#appender.unsafe.has(path)) return true;
      return deadPieces > 0 && (all || deadBytes >= valueBytes * DEAD_SHARE);
    });
    const groups: Followed[][] = [[]];
    let bytes = 0;
    for (const segment of worth) {
      const live = segment.indexed.valueBytes - segment.indexed.deadBytes;
      if (bytes + live > segmentBytes) {
        groups.push([]);
        bytes = 0;
      }
      groups.at(-1)?.push(segment);
      bytes += live;
    }
    return groups.filter((group) => this.#isWorthIt(group)).slice(0, GROUPS_AT_ONCE);
  }

  /** A segment that is small and has nothing dead in it is as good as a copy of it. */
  #isWorthIt(inputs: readonly Followed[]): boolean {
    const { unsafe } = this.#appender;
    return (
      inputs.length > 1 ||
      inputs.some(({ indexed, path }) => indexed.deadPieces > 0 || unsafe.has(path))
    );
  }

  #begin(inputs: readonly Followed[]): Group {
    const replaced = inputs.map(({ name }) => name);
    return { inputs, copy: new SegmentCopy(this.#parts, this.#appender.epoch, replaced) };
  }

  /** @returns whether the segments are still what they were. */
  async #copy({ inputs, copy }: Group, version: number): Promise<boolean> {
    const { files, open, lasting, directory } = this.#parts;
    if (!(await this.#inPasses(this.#copyLive(inputs, copy), version))) return false;
    await copy.finish(lasting);
    const hint = hintPath(segmentPath(directory, copy.name));
    const durable = lasting ? copy.length : 0;
    return this.#inPasses(writeHint(files, open, copy.path, durable, hint), version);
  }

  *#copyLive(inputs: readonly Followed[], copy: SegmentCopy): Generator<void, void, void> {
    const { files, open, contents } = this.#parts;
    const others = contents.segments.filter((segment) => !inputs.includes(segment));
    const tombstones = others.some(({ indexed }) => indexed.deadPieces > 0);
    const begun = inputs.map((followed) => ({ followed, reader: this.#reader(followed) }));
    const read = begun.filter(({ reader }) => reader.next());
    const values = new ValueReader(files, open, Buffer.allocUnsafeSlow(SCRATCH_BYTES));
    yield* copyLive(read, contents.index, values, copy, tombstones);
  }

  #reader({ path, header, position: end }: Followed): RecordReader {
    const { files, open } = this.#parts;
    const hint = readHint(files, open, path, end);
    const from = { position: SEGMENT_HEADER_BYTES, sequence: 0 };
    return new RecordReader(files, open, { path, ...from, end, seed: header.seed, hint });
  }

  /**
   * Runs work beside that of others, a pass at a time.
   *
   * @returns whether it came to its end: the segments are still what they were.
   */
  async #inPasses(work: Generator<void, void, void>, version: number): Promise<boolean> {
    const { gate, contents } = this.#parts;
    for (;;) {
      const outcome = await gate.run('shared', async () => {
        await this.#parts.catchUp();
        if (this.#stopped || contents.version !== version) return false;
        const end = performance.now() + PASS;
        while (performance.now() < end) if (work.next().done) return true;
        return undefined;
      });
      if (outcome !== undefined) return outcome;
      await otherWork();
    }
  }

  /** Puts copies in place of what they were made from, unless others did something to that. */
  async #replace(groups: readonly Group[], version: number): Promise<Outcome> {
    const { files, directory, lasting, open, roster, contents } = this.#parts;
    await this.#parts.catchUp();
    const undisturbed =
      contents.version === version && groups.every((group) => this.#isThere(group));
    if (this.#stopped || !undisturbed) return 'disturbed';
    try {
      for (const { copy } of groups) files.rename(copy.path, segmentPath(directory, copy.name));
      if (lasting) await files.syncDirectory(directory);
      open.forget();
      for (const { inputs, copy } of groups) {
        for (const { name, path } of inputs) {
          removeSegment(files, directory, name);
          this.#appender.forget(path);
        }
        if (copy.records === 0) removeSegment(files, directory, copy.name);
      }
    } catch (error) {
      throw storageError(error, 'compact', directory);
    } finally {
      contents.distrust();
    }
    roster.announce(this.#appender.epoch);
    return 'replaced';
  }

  /** Whether nobody took a copy for something unfinished and removed it. */
  #isThere({ copy }: Group): boolean {
    const { files, directory } = this.#parts;
    return listSegments(files, directory).unfinished.includes(`${copy.name}.tmp`);
  }

  /** Removes a copy that was not put in place. */
  #discard(copy: SegmentCopy): void {
    const { files, directory } = this.#parts;
    copy.close();
    const { segments } = listSegments(files, directory);
    if (segments.includes(copy.name)) return;
    removeIfThere(files, copy.path);
    removeIfThere(files, hintPath(segmentPath(directory, copy.name)));
  }
}
