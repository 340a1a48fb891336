import {
  type Awaitable,
  type Batch,
  ClosedError,
  type FlushOptions,
  type Ledger,
  type Spec,
  Store,
} from '@spillway/core';
import {
  checkLockTimeout,
  DirectoryGate,
  LOCK_TIMEOUT,
  makeDirectory,
  makeTemporary,
  removeTemporary,
} from '@spillway/core/node';
import { Appender } from './appender.js';
import { Compactor } from './compactor.js';
import { Contents } from './contents.js';
import type { Damage } from './examine.js';
import { type Files, nodeFiles } from './files.js';
import { ABSENT, FORGET, Kind } from './format.js';
import { LogLedger } from './ledger.js';
import { OpenFiles } from './open-files.js';
import type { LogParts } from './parts.js';
import { Reader } from './reader.js';
import { recover } from './recover.js';
import { type Repair, Repairer } from './repairer.js';
import { Roster } from './roster.js';
import { listSegments, segmentPath } from './segment-files.js';
import { inSlices } from './slices.js';

/** Options of {@link Log}. */
export interface LogOptions {
  /** A segment that has become longer than this many bytes is finished and another begun. Default 256 MiB. */
  readonly segmentBytes?: number;
  /** Where a temporary directory is made. Default: `SPILLWAY_TMPDIR`, or else the system's place for them. */
  readonly dir?: string;
  /** How long to wait for other threads and processes, in ms. Default 30,000. */
  readonly lockTimeout?: number;
}

const SEGMENT_BYTES = 256 * 2 ** 20;
/** Where a record starts in its segment takes 32 bits. */
const MOST_SEGMENT_BYTES = 2 ** 31;

/**
 * A crash-safe store in a few files, however many keys.
 */
export function Log(path?: string, options: LogOptions = {}): LogStore {
  return new LogStore(path, options);
}

/** What {@link Log} makes. */
export class LogStore extends Store {
  protected override readonly gate: DirectoryGate;
  /** The absolute path of the directory. */
  readonly path: string;
  readonly #spec: Spec;
  readonly #temporary: boolean;
  readonly #parts: LogParts;
  readonly #appender: Appender;
  readonly #reader: Reader;
  readonly #compactor: Compactor;
  readonly #repairer: Repairer;
  readonly #ledger: LogLedger;
  /** Set when others were alone here: what is known of the directory may no longer hold. */
  #changed = true;
  #preparing: Promise<void> | undefined;
  #catchingUp: Promise<void> | undefined;

  /** @param files for tests: the file system. */
  constructor(path: string | undefined, options: LogOptions, files: Files = nodeFiles) {
    super();
    const { segmentBytes = SEGMENT_BYTES, dir, lockTimeout = LOCK_TIMEOUT } = options;
    if (path === '') throw new TypeError('the path of a Log must not be empty');
    if (!(Number.isInteger(segmentBytes) && segmentBytes > 0 && segmentBytes <= MOST_SEGMENT_BYTES))
      throw new TypeError(
        `segmentBytes must be 1 to ${MOST_SEGMENT_BYTES} bytes, not ${segmentBytes}`,
      );
    checkLockTimeout(lockTimeout);
    this.#temporary = path === undefined;
    this.path = path === undefined ? makeTemporary('log', { dir }) : makeDirectory(path);
    const shown = {
      ...(segmentBytes !== SEGMENT_BYTES && { segmentBytes }),
      ...(lockTimeout !== LOCK_TIMEOUT && { lockTimeout }),
    };
    const args = [path ?? this.path, ...(Object.keys(shown).length > 0 ? [shown] : [])];
    this.#spec = { name: 'Log', args };
    this.gate = new DirectoryGate(this.path, {
      lockTimeout,
      onForeignChange: () => {
        this.#changed = true;
      },
    });
    const open = new OpenFiles(files);
    const roster = new Roster(this.path, files);
    this.#parts = {
      directory: this.path,
      segmentBytes,
      lasting: !this.#temporary,
      files,
      open,
      roster,
      gate: this.gate,
      contents: new Contents(this.path, files, open, roster),
      prepare: () => this.#prepare(),
      catchUp: () => this.#catchUp(),
    };
    this.#appender = new Appender(this.#parts);
    this.#reader = new Reader(files, open);
    this.#compactor = new Compactor(this.#parts, this.#appender);
    this.#repairer = new Repairer(this.#parts, this.#appender);
    this.#ledger = new LogLedger(this.#parts, Store.behind(this).primitives);
  }

  override spec(): Spec {
    return this.#spec;
  }

  protected override get ledger(): Ledger {
    return this.#ledger;
  }

  protected override _append(batch: Batch<Uint8Array>): Awaitable<void> {
    return this.#appender.append({ kind: Kind.Batch, ...this.#ledger.mark(batch), flags: 0 });
  }

  protected override async _get(keys: readonly string[]): Promise<Uint8Array[]> {
    await this.#catchUp();
    return this.#reader.get(this.#parts.contents.index, keys);
  }

  protected override async *_stream(key: string): AsyncGenerator<Uint8Array, void, void> {
    await this.#catchUp();
    yield* this.#reader.stream(this.#parts.contents.index, key);
  }

  protected override _entries(
    prefix: string,
  ): AsyncGenerator<readonly [key: string, value: Uint8Array], void, void> {
    const current = async () => {
      await this.#catchUp();
      return this.#parts.contents.index;
    };
    return this.#reader.entries(current, prefix);
  }

  protected override async _has(key: string): Promise<boolean> {
    await this.#catchUp();
    return this.#parts.contents.index.find(key) !== undefined;
  }

  protected override async *_keys(prefix: string): AsyncGenerator<string, void, void> {
    await this.#catchUp();
    const { index } = this.#parts.contents;
    for (const list of index.present(prefix)) yield index.keyOf(list);
  }

  protected override async _set(batch: Batch<Uint8Array>): Promise<void> {
    await this.#beginEpoch();
    await this.#appender.append({ kind: Kind.Batch, ...batch, flags: FORGET });
  }

  protected override async _delete(keys: readonly string[]): Promise<void> {
    await this.#catchUp();
    const { index } = this.#parts.contents;
    const present = [...new Set(keys)].filter((key) => index.find(key) !== undefined);
    if (present.length === 0) return;
    await this.#beginEpoch();
    const flags = FORGET | ABSENT;
    await this.#appender.append({ kind: Kind.Batch, keys: present, values: [], flags });
  }

  protected override async _flush({ durable = false }: FlushOptions): Promise<void> {
    if (durable) await this.#appender.sync();
  }

  protected override async _drop(): Promise<void> {
    const kept = await this.#ledger.all();
    await this.#beginEpoch();
    this.#appender.abandon();
    await this.#appender.append({ kind: Kind.Drop, keys: [], values: [], flags: 0 });
    if (kept.keys.length > 0) await this._append(kept);
    if (!this.#temporary) await this.#appender.sync();
    const { segments, hinted, unfinished } = listSegments(this.#parts.files, this.path);
    const own = this.#appender.segment;
    const hints = [...hinted].map((name) => `${name}.hint`);
    this.#parts.open.forget();
    for (const name of [...segments, ...hints, ...unfinished]) {
      if (name !== own) this.#parts.files.remove(segmentPath(this.path, name));
    }
    this.#parts.roster.renew(this.#appender.epoch);
    this.#parts.contents.distrust();
  }

  /**
   * Gives the space of deleted and replaced values back, while others go on. A log does so by itself once half
   * of its values are dead; this also goes for the rest.
   *
   * @throws {CorruptError} when a segment is damaged; nothing was changed then. @throws {StorageError}
   */
  async compact(): Promise<void> {
    this.#checkOpen();
    await this.#compactor.run(true);
  }

  /**
   * Reads every byte of the log, while others go on.
   *
   * @returns all damage there is, by file and place. @throws {StorageError}
   */
  async verify(): Promise<Damage[]> {
    this.#checkOpen();
    return this.#repairer.verify();
  }

  /**
   * Sets damaged segments aside, in the folder `damaged`, and puts in their place what can be read of them:
   * every entry whose key and value are as they were written. Nothing changes where nothing is damaged.
   *
   * @throws {StorageError}
   */
  async repair(): Promise<Repair> {
    this.#checkOpen();
    return this.gate.run('alone', () => this.#repairer.repair());
  }

  protected override async _close(): Promise<void> {
    try {
      await this.#compactor.stop();
      await this.#appender.close();
    } finally {
      this.#parts.open.close();
      this.#parts.roster.close();
      this.gate.close();
      if (this.#temporary) await removeTemporary(this.path);
    }
  }

  /** Sees to it that all earlier changes of anyone are known. @throws {CorruptError} @throws {StorageError} */
  async #catchUp(): Promise<void> {
    await this.#prepare();
    while (this.#catchingUp) await this.#catchingUp;
    const caughtUp = inSlices(this.#parts.contents.catchUp());
    if (caughtUp instanceof Promise) {
      this.#catchingUp = caughtUp.catch(() => {}).finally(() => (this.#catchingUp = undefined));
      await caughtUp;
    }
    this.#compactor.runIfNeeded();
  }

  #checkOpen(): void {
    if (this.closed) throw new ClosedError(`${this} is closed`);
  }

  /** Begins an epoch: its records come after all others. Call it while nobody else uses the log. */
  async #beginEpoch(): Promise<void> {
    await this.#prepare();
    const epoch = this.#appender.epoch + 1;
    this.#parts.roster.announce(epoch);
    this.#appender.epoch = epoch;
  }

  /** Looks around after others were alone here, and at first. */
  #prepare(): Awaitable<void> {
    if (!this.#changed) return;
    this.#preparing ??= this.#lookAround().finally(() => {
      this.#preparing = undefined;
    });
    return this.#preparing;
  }

  async #lookAround(): Promise<void> {
    this.#parts.open.forget();
    this.#parts.contents.distrust();
    if (!this.#parts.roster.open()) {
      await this.gate.still(() => {
        if (!this.#parts.roster.open())
          recover(this.path, this.#parts.files, this.#parts.open, this.#parts.roster);
      });
    }
    const own = this.#appender.segment;
    if (own !== undefined) {
      const { segments, hinted } = listSegments(this.#parts.files, this.path);
      if (!segments.includes(own)) this.#appender.abandon();
      else if (hinted.has(own)) this.#appender.leave();
    }
    this.#appender.epoch = this.#parts.roster.epoch;
    this.#changed = false;
  }
}
