import { type Key, LockError, quote } from '@spillway/core';
import type { Directory } from './directory.js';
import { DirDBEntry, type PutOptions } from './entry.js';
import type { Formats } from './formats.js';
import type { Hold } from './hold.js';
import { type Meta, Metadata } from './metadata.js';

/**
 * An entry that nobody else changes until `unlock()`, or the end of the block with `await using`. Others can read it
 * all the while. The lock is not re-entrant: use this object for what is done under it. Another `db.lock` of the same
 * name waits, in this process as in others.
 */
export class LockedEntry<V = unknown, M extends object = Meta>
  extends DirDBEntry<V, M>
  implements AsyncDisposable
{
  readonly #hold: Hold;
  readonly #ended: () => void;
  #metadata: Metadata<M>;
  /** What has begun and not ended, for which `unlock` waits. */
  readonly #calls = new Set<Promise<unknown>>();
  #isOver = false;
  #unlocking: Promise<void> | undefined;

  /** @internal */
  constructor(
    hold: Hold,
    directory: Directory,
    formats: Formats,
    meta: M | null,
    ended: (entry: LockedEntry<V, M>) => void,
  ) {
    super(hold.name, directory, formats);
    this.#hold = hold;
    this.#metadata = new Metadata(meta);
    this.#ended = () => ended(this);
  }

  /**
   * The metadata; an object without members where there are none. They are written when the lock is given back, if they
   * were changed by then. What is assigned to them, here or deeper, is copied. Assigning `null` removes them.
   *
   * @throws {SchemaError} when assigned what JSON can't hold; `field` is the path to it, as in `meta.a.b[3]`.
   */
  get meta(): M {
    return this.#metadata.value;
  }

  set meta(meta: M | null) {
    this.#checkLocked();
    this.#metadata.value = meta;
  }

  override putData(value: V, options: PutOptions<M> = {}): Promise<void> {
    return this.#call(() => super.putData(value, options), options.meta !== undefined);
  }

  override writeMeta(meta: M | null): Promise<void> {
    return this.#call(() => super.writeMeta(meta));
  }

  override delete(): Promise<boolean> {
    return this.#call(() => super.delete());
  }

  override rename(name: Key): Promise<DirDBEntry<V, M>> {
    return this.#call(() => super.rename(name));
  }

  /** Writes the metadata if they were changed, and gives the lock back, also when that fails. Again, it does nothing. */
  unlock(): Promise<void> {
    this.#unlocking ??= this.#unlock();
    return this.#unlocking;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.unlock();
  }

  protected override async reading<T>(work: (isLocked: boolean) => Promise<T>): Promise<T> {
    this.#checkLocked();
    return this.#hold.run(() => work(true));
  }

  protected override async changing<T>(
    work: (holds: readonly [Hold, ...Hold[]]) => Promise<T>,
    other?: string,
  ): Promise<T> {
    this.#checkLocked();
    return this.#hold.run(async () => {
      if (other === undefined) return work([this.#hold]);
      const hold = await this.directory.lock(other);
      try {
        return await work([this.#hold, hold]);
      } finally {
        await hold.release();
      }
    });
  }

  /** Runs what changes this entry and perhaps its metadata. */
  #call<T>(work: () => Promise<T>, withMeta = true): Promise<T> {
    const call = async () => {
      const result = await work();
      if (withMeta) this.#metadata = new Metadata(await this.readMeta());
      return result;
    };
    const called = call();
    this.#calls.add(called);
    const ended = () => this.#calls.delete(called);
    called.then(ended, ended);
    return called;
  }

  async #unlock(): Promise<void> {
    await Promise.allSettled(this.#calls);
    try {
      const change = this.#metadata.change();
      if (change !== undefined) await super.writeMeta(change);
    } finally {
      this.#isOver = true;
      this.#ended();
      await this.#hold.release();
    }
  }

  #checkLocked(): void {
    if (!this.#isOver) return;
    throw new LockError(
      `entry ${quote(this.name)} is not locked any more; lock it again, or use db.entry(${quote(this.name)})`,
      { key: this.name },
    );
  }
}
