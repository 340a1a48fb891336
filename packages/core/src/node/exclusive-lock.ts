import { setTimeout as sleep } from 'node:timers/promises';
import { LockFolder, STALE_AFTER } from './lock-folder.js';
import { describeOwner } from './owner.js';

/** So often somebody else is let go first who waited before, and takes its time. */
const PATIENCE = 20;

/**
 * A lock that one has at a time, of all threads and processes that use its folder. Where nobody has it or waits for
 * it, the folder isn't there.
 *
 * It is the way to be alone that `DirectoryGate` has, without what others do side by side: `lock-folder.ts` says what
 * the files are, and why of those who find the holder gone only one takes over. Who waited longest is the next one.
 */
export class ExclusiveLock {
  readonly #folder: LockFolder;
  #ticker: NodeJS.Timeout | undefined;
  #taken = false;

  /** @param folder the path of the lock's folder. The one around it must exist. */
  constructor(folder: string) {
    this.#folder = new LockFolder(folder);
  }

  /** Who has the lock of a folder, as in `process 4711 on worker-3`; `undefined` when nobody has. */
  static holder(folder: string): string | undefined {
    const owner = new LockFolder(folder).holder();
    return owner && describeOwner(owner);
  }

  /**
   * Takes the lock.
   *
   * @param timeout how long to wait for others, in ms.
   * @returns `undefined` once it is taken; otherwise who has it all the while.
   * @throws {StorageError}
   */
  async acquire(timeout: number): Promise<string | undefined> {
    const deadline = performance.now() + timeout;
    this.#startTicking();
    try {
      this.#folder.say('claim');
      let patience = PATIENCE;
      for (let pause = 1; ; pause = Math.min(pause + 1, 10)) {
        const owner = this.#folder.holder();
        if (owner === undefined && (--patience < 0 || !this.#folder.isPreceded())) {
          this.#taken = this.#folder.take();
          if (this.#taken) return undefined;
        }
        if (performance.now() >= deadline) {
          this.release();
          return owner ? describeOwner(owner) : 'others in turn';
        }
        await sleep(pause);
      }
    } catch (error) {
      this.release();
      throw error;
    }
  }

  /** Whether it is still held: a holder that can't be seen from elsewhere and blocks its thread may lose it. */
  get held(): boolean {
    return this.#folder.lives();
  }

  /** Lets the next one have it, or waits no longer. @returns `false` when it was lost before. */
  release(): boolean {
    holding.delete(this);
    clearInterval(this.#ticker);
    const held = this.#taken && this.#folder.say('idle');
    this.#taken = false;
    if (held) this.#folder.vanish();
    else this.#folder.leave();
    return held;
  }

  #startTicking(): void {
    hold(this);
    this.#ticker = setInterval(() => this.#folder.touch(), STALE_AFTER / 4).unref();
  }
}

/** The locks that this thread has or waits for. A thread that ends in good order leaves none behind. */
const holding = new Set<ExclusiveLock>();
let listening = false;

function hold(lock: ExclusiveLock): void {
  holding.add(lock);
  if (listening) return;
  listening = true;
  process.once('exit', () => {
    for (const held of holding) held.release();
  });
}
