import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LockError, StorageError } from '../errors.js';
import { type Access, type Awaitable, Gate } from '../gate.js';
import { LOCK_FOLDER, LockFolder, STALE_AFTER, type State } from './lock-folder.js';
import { LOCK_TIMEOUT } from './lock-timeout.js';
import { describeOwner, type Owner } from './owner.js';

/** Options of {@link DirectoryGate}. */
export interface DirectoryGateOptions {
  /** How long to wait for others, in ms. Default 30,000. */
  readonly lockTimeout?: number | undefined;
  /**
   * Called before the first operation after another thread or process was alone: what was remembered of
   * the directory may no longer hold.
   */
  readonly onForeignChange?: (() => void) | undefined;
}

/** How often a gate that holds something looks around, in ms. */
const TICK = 2;

/** A lease unused for so many ticks is given up. */
const IDLE_TICKS = 10;

/**
 * A gate for all threads and processes that use a directory.
 *
 * Who runs shared operations holds a *lease*, a file in the directory's `%lock` folder. It is made before
 * the first operation and kept while more follow, so that an operation costs one look at the file system.
 * Who wants to be alone *takes* the way, which only one can have, waits until all leases are gone, works,
 * and lets go. Each does its own first and looks for the other's then, so at least one of two sees the
 * other. While the way is taken, no shared operation starts, and a lease is given up as soon as nothing runs
 * under it. Shared operations that wait say so, and who wants to be alone lets those go first that waited
 * before it came: neither side can starve the other.
 *
 * What somebody gone has left is removed by whoever stumbles on it. A process of this host is gone when
 * the system says so. Worker threads, and processes of other hosts, touch their files every few seconds and
 * count as gone after 20 s without; one that blocks its event loop for longer may lose its place, and what
 * it does alone then rejects with a `LockError`.
 *
 * The file system must know hard links and rename atomically. `lock-folder.ts` says what the files are.
 */
export class DirectoryGate extends Gate {
  readonly #directory: string;
  readonly #folder: LockFolder;
  readonly #lockTimeout: number;
  readonly #onForeignChange: () => void;
  #lease = false;
  #alone = false;
  /** Whether the last flush runs, which may append. */
  #closing = false;
  /** Whether someone was seen who waits for the lease to go. */
  #unwelcome = false;
  #generation: string | undefined;
  #ticker: NodeJS.Timeout | undefined;
  #idleTicks = 0;
  #touched = 0;

  /** @param directory its path; it must exist. */
  constructor(directory: string, { lockTimeout, onForeignChange }: DirectoryGateOptions = {}) {
    super();
    this.#directory = directory;
    this.#folder = new LockFolder(join(directory, LOCK_FOLDER));
    this.#lockTimeout = lockTimeout ?? LOCK_TIMEOUT;
    this.#onForeignChange = onForeignChange ?? (() => {});
  }

  /**
   * Runs `work`, a part of a shared operation, while no operation of another thread or process runs. Those
   * that run are waited for; new ones wait. Within an operation that is alone, it runs at once.
   *
   * @throws {LockError} when the others don't come to an end within `lockTimeout`.
   */
  async still<T>(work: () => Awaitable<T>): Promise<T> {
    if (this.#alone) return work();
    this.#folder.say('mend');
    let taken = false;
    try {
      await this.#until(() => {
        // Only to be noticed: that nobody else has a lease is what counts, and nobody gets one now.
        taken ||= this.#folder.take();
        return this.#inTheWay() ?? true;
      });
      this.#noticeChange();
      return await work();
    } finally {
      // Also where the claim is another's: what was changed here concerns all.
      this.#generation = taken ? this.#folder.letGo() : this.#folder.renew();
      this.#folder.say('lease');
    }
  }

  /** Gives up what is held. The gate can be used again. */
  close(): void {
    this.#rest();
    if (this.#alone) this.#folder.letGo();
    this.#alone = this.#lease = this.#closing = false;
    this.#folder.leave();
  }

  protected override openNow(): boolean {
    this.#idleTicks = 0;
    try {
      if (!this.#lease) return this.#takeLease();
      if (!this.#folder.isTaken()) return true;
    } catch {
      // `open` comes next; it fails in the same way, where someone listens.
      return false;
    }
    this.#unwelcome = true;
    return false;
  }

  protected override async open(): Promise<void> {
    try {
      await this.#until(() => {
        const holder = this.#folder.holder();
        // Also with a lease one may have to wait: for this gate itself, while it keeps others still.
        const isFree = () => (this.#lease ? !this.#folder.isTaken() : this.#takeLease());
        if (holder === undefined && isFree()) return true;
        if (!this.busy) this.#leaveLease('wait');
        return holder;
      });
      this.#unwelcome = false;
    } catch (error) {
      // Unless something runs under the lease all the while.
      if (!this.#lease) this.#leaveLease('idle');
      throw error;
    }
  }

  protected override left(): void {
    if (this.#unwelcome) this.#leaveLease('idle');
  }

  protected override async lock(access: Access): Promise<void> {
    if (access === 'closing') {
      this.#closing = true;
      // With the directory gone there is nothing to protect; who still has to write there will find out.
      await this.open().catch((error: unknown) => {
        if (!(error instanceof StorageError && error.code === 'ENOENT')) throw error;
      });
      return;
    }
    const since = Date.now();
    try {
      await this.#until(() => {
        const before = this.#folder
          .others()
          .find((other) => other.state === 'wait' && other.since < since);
        if (before === undefined) {
          this.#folder.say('claim');
          if (this.#folder.take()) return true;
        }
        this.#leaveLease('claim');
        return before?.owner ?? this.#folder.holder();
      });
      this.#alone = true;
      this.#startTicking();
      await this.#until(() => this.#inTheWay() ?? true);
    } catch (error) {
      this.#endAlone();
      throw error;
    }
    this.#noticeChange();
  }

  protected override async unlock(access: Access): Promise<void> {
    if (access === 'closing') {
      this.#closing = false;
      return;
    }
    if (this.#endAlone()) return;
    throw new LockError(
      `the lock of ${this.#directory} was lost: its holder did not touch it for ${STALE_AFTER} ms`,
      { path: this.#directory },
    );
  }

  /** Makes a lease, unless someone is alone or wants to be. */
  #takeLease(): boolean {
    if (this.#folder.isTaken()) return false;
    this.#folder.say('lease');
    if (this.#folder.isTaken() || this.#folder.others().some(({ state }) => state === 'mend')) {
      this.#folder.say('wait');
      return false;
    }
    this.#lease = true;
    this.#unwelcome = false;
    this.#noticeChange();
    this.#startTicking();
    return true;
  }

  #leaveLease(next: State): void {
    this.#unwelcome = false;
    this.#lease = false;
    if (next === 'idle') this.#rest();
    else this.#startTicking();
    this.#folder.say(next);
  }

  /** @returns `false` when others took this one for gone, and may have been alone as well. */
  #endAlone(): boolean {
    const alone = this.#alone;
    this.#alone = false;
    // Only from alone can one go on with a lease without asking.
    this.#lease &&= alone;
    if (!this.#lease) this.#rest();
    // First this, which fails when the file was buried: then the way may be somebody else's by now.
    const lives = this.#folder.say(this.#lease ? 'lease' : 'idle');
    if (!lives) this.#leaveLease('idle');
    else if (alone) this.#generation = this.#folder.letGo();
    return lives;
  }

  #noticeChange(): void {
    const generation = this.#folder.generation();
    const known = this.#generation;
    this.#generation = generation;
    if (known !== undefined && known !== generation) this.#onForeignChange();
  }

  /** The owner of a lease that must go first. Of several who mend, the first by name goes first. */
  #inTheWay(): Owner | undefined {
    const mending = !this.#alone;
    return this.#folder
      .others()
      .find(
        ({ state, name }) =>
          state === 'lease' || (state === 'mend' && !(mending && name > this.#folder.name)),
      )?.owner;
  }

  /** Tries again and again until `step` says `true`; otherwise it says who is in the way, if it knows. */
  async #until(step: () => true | Owner | undefined): Promise<void> {
    const deadline = performance.now() + this.#lockTimeout;
    for (let pause = 1; ; pause = Math.min(pause + 1, 10)) {
      const outcome = step();
      if (outcome === true) return;
      if (performance.now() >= deadline) throw this.#timedOut(outcome);
      await sleep(pause);
    }
  }

  #timedOut(owner: Owner | undefined): LockError {
    const holder = owner === undefined ? 'others in turn' : describeOwner(owner);
    return new LockError(
      `${this.#directory} is held by ${holder}, and waiting ${this.#lockTimeout} ms did not help; ` +
        'wait for it to finish or give a longer lockTimeout',
      { path: this.#directory, holder, timeout: this.#lockTimeout },
    );
  }

  #startTicking(): void {
    this.#idleTicks = 0;
    if (this.#ticker) return;
    hold(this);
    this.#touched = performance.now();
    this.#ticker = setInterval(() => this.#tick(), TICK).unref();
  }

  #rest(): void {
    holding.delete(this);
    clearInterval(this.#ticker);
    this.#ticker = undefined;
  }

  #tick(): void {
    if (performance.now() - this.#touched > STALE_AFTER / 4) {
      this.#touched = performance.now();
      this.#folder.touch();
    }
    if (!this.#lease || this.busy || this.#closing || this.#alone) return;
    if (++this.#idleTicks >= IDLE_TICKS || this.#folder.isTaken()) this.#leaveLease('idle');
  }
}

/** The gates of this thread that hold something. A thread that ends in good order leaves nothing behind. */
const holding = new Set<DirectoryGate>();
let listening = false;

function hold(gate: DirectoryGate): void {
  holding.add(gate);
  if (listening) return;
  listening = true;
  process.once('exit', () => {
    for (const held of holding) held.close();
  });
}
