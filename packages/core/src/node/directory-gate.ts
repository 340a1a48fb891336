import { setTimeout as sleep } from 'node:timers/promises';
import { LockError } from '../errors.js';
import { type Access, type Awaitable, Gate } from '../gate.js';
import { LockFolder, STALE_AFTER } from './lock-folder.js';
import { describeOwner, type Owner, ownerName } from './owner.js';

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

/** The default of `lockTimeout`, in ms. */
export const LOCK_TIMEOUT = 30_000;

/** How often a gate that holds something looks around, in ms. */
const TICK = 2;

/** A lease unused for so many ticks is given up. */
const IDLE_TICKS = 10;

/**
 * A gate for all threads and processes that use a directory.
 *
 * Who runs shared operations holds a *lease*, a file in the directory's `%lock` folder. It is made before
 * the first operation and kept while more follow, so that an operation costs one look at the file system.
 * Who wants to be alone puts up a *claim*, of which there can be only one, waits until all leases are gone,
 * works, and takes the claim down. Each puts up its own file first and looks for the other's then, so at
 * least one of two sees the other. While a claim stands, no shared operation starts, and a lease is given
 * up as soon as nothing runs under it. Shared operations that wait say so, and a claimant lets those go
 * first that waited before it came: neither side can starve the other.
 *
 * What somebody gone has left is removed by whoever stumbles on it. A process of this host is gone when
 * the system says so. Worker threads, and processes of other hosts, touch their files every few seconds and
 * count as gone after 20 s without; one that blocks its event loop for longer may lose its place, and what
 * it does alone then rejects with a `LockError`.
 */
export class DirectoryGate extends Gate {
  readonly #directory: string;
  readonly #folder: LockFolder;
  readonly #name = ownerName();
  readonly #lockTimeout: number;
  readonly #onForeignChange: () => void;
  #lease = false;
  #claim: string | undefined;
  /** Whether someone was seen who waits for the lease to go. */
  #unwelcome = false;
  #generation: string | undefined;
  /** Whether the last flush runs, which may append. */
  #closing = false;
  #ticker: NodeJS.Timeout | undefined;
  #idleTicks = 0;
  #touched = 0;

  /** @param directory its path; it must exist. */
  constructor(directory: string, { lockTimeout, onForeignChange }: DirectoryGateOptions = {}) {
    super();
    this.#directory = directory;
    this.#folder = new LockFolder(directory);
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
    if (this.#claim !== undefined) return work();
    this.#folder.putUp('mend', this.#name);
    let claim: string | undefined;
    try {
      await this.#until(() => {
        // Only to be noticed: that nobody else has a lease is what counts, and nobody gets one now.
        claim ??= this.#folder.claim();
        return this.#inTheWay() ?? true;
      });
      return await work();
    } finally {
      if (claim !== undefined) this.#folder.letGo(claim);
      this.#folder.takeDown('mend', this.#name);
    }
  }

  /** Gives up what is held. The gate can be used again. */
  close(): void {
    this.#closing = false;
    this.#giveUpLease();
    if (this.#claim !== undefined) this.#folder.letGo(this.#claim);
    this.#claim = undefined;
    this.#rest();
    this.#folder.removeIfEmpty();
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
    let waits = false;
    try {
      await this.#until(() => {
        const holder = this.#folder.holder();
        if (holder === undefined && (this.#lease || this.#takeLease())) return true;
        if (!this.busy) this.#giveUpLease();
        if (!waits) this.#folder.putUp('wait', this.#name);
        waits = true;
        return holder;
      });
      this.#unwelcome = false;
    } finally {
      if (waits) this.#folder.takeDown('wait', this.#name);
    }
  }

  protected override left(): void {
    if (this.#unwelcome) this.#giveUpLease();
  }

  protected override async lock(access: Access): Promise<void> {
    if (access === 'closing') {
      await this.open();
      this.#closing = true;
      return;
    }
    const since = Date.now();
    await this.#until(() => {
      const before = this.#folder
        .marksBeside(this.#name)
        .find((mark) => mark.mark === 'wait' && mark.since < since);
      if (before === undefined) this.#claim = this.#folder.claim();
      if (this.#claim !== undefined) return true;
      this.#giveUpLease();
      return before?.owner ?? this.#folder.holder();
    });
    this.#startTicking();
    try {
      await this.#until(() => {
        const owner = this.#inTheWay();
        // Others who want to be alone beside those that must go would wait for ours.
        if (owner !== undefined) this.#giveUpLease();
        return owner ?? true;
      });
    } catch (error) {
      this.#letGo();
      throw error;
    }
    this.#noticeChange();
  }

  protected override async unlock(access: Access): Promise<void> {
    if (access === 'closing') {
      this.#closing = false;
      return;
    }
    const claim = this.#claim;
    if (!this.#letGo()) {
      throw new LockError(
        `the lock of ${this.#directory} was lost: its holder did not touch it for ${STALE_AFTER} ms`,
        { path: this.#directory },
      );
    }
    this.#generation = `generation,${claim}`;
  }

  /** Makes a lease, unless someone is alone or wants to be. */
  #takeLease(): boolean {
    if (this.#folder.isTaken()) return false;
    this.#folder.putUp('lease', this.#name);
    if (this.#folder.isTaken() || this.#othersMend()) {
      this.#folder.takeDown('lease', this.#name);
      return false;
    }
    this.#lease = true;
    this.#unwelcome = false;
    this.#noticeChange();
    this.#startTicking();
    return true;
  }

  #giveUpLease(): void {
    this.#unwelcome = false;
    if (!this.#lease) return;
    this.#lease = false;
    if (this.#claim === undefined) this.#rest();
    this.#folder.takeDown('lease', this.#name);
  }

  #letGo(): boolean {
    const claim = this.#claim as string;
    this.#claim = undefined;
    if (!this.#lease) this.#rest();
    return this.#folder.letGo(claim);
  }

  #noticeChange(): void {
    const generation = this.#folder.generation();
    const known = this.#generation;
    this.#generation = generation;
    if (known !== undefined && known !== generation) this.#onForeignChange();
  }

  #othersMend(): boolean {
    return this.#folder.marksBeside(this.#name).some(({ mark }) => mark === 'mend');
  }

  /** The owner of a lease that must go first. Of several who mend, the first by name goes first. */
  #inTheWay(): Owner | undefined {
    const marks = this.#folder.marksBeside(this.#name);
    const later = new Set(
      marks
        .filter(({ mark, name }) => mark === 'mend' && name > this.#name)
        .map(({ name }) => name),
    );
    const mending = this.#claim === undefined;
    return marks.find(({ mark, name }) => mark === 'lease' && !(mending && later.has(name)))?.owner;
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
    if (performance.now() - this.#touched > STALE_AFTER / 4) this.#touch();
    if (!this.#lease || this.busy || this.#closing || this.#claim !== undefined) return;
    if (++this.#idleTicks >= IDLE_TICKS || this.#folder.isTaken()) this.#giveUpLease();
  }

  #touch(): void {
    this.#touched = performance.now();
    if (this.#claim !== undefined) this.#folder.touch(`taken/${this.#claim}`);
    // A lease that somebody removed protects nothing: the next operation makes another.
    if (this.#lease && !this.#folder.touch(`lease,${this.#name}`)) this.#giveUpLease();
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
