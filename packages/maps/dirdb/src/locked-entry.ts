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

  override async putData(value: V, options: PutOptions<M> = {}): Promise<void> {
    await super.putData(value, options);
    if (options.meta !== undefined) await this.#reload();
  }

  override async writeMeta(meta: M | null): Promise<void> {
    await super.writeMeta(meta);
    await this.#reload();
  }

  override async delete(): Promise<boolean> {
    const deleted = await super.delete();
    await this.#reload();
    return deleted;
  }

  override async rename(name: Key): Promise<DirDBEntry<V, M>> {
    const renamed = await super.rename(name);
    await this.#reload();
    return renamed;
  }

  /** Writes the metadata if they were changed, and gives the lock back, also when that fails. Again, it does nothing. */
  unlock(): Promise<void> {
    this.#unlocking ??= this.#unlock();
    return this.#unlocking;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.unlock();
  }

  protected override reading<T>(work: (isLocked: boolean) => Promise<T>): Promise<T> {
    this.#checkLocked();
    return this.#hold.run(() => work(true));
  }

  protected override changing<T>(
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

  async #unlock(): Promise<void> {
    try {
      const change = this.#metadata.change();
      if (change !== undefined) await super.writeMeta(change);
    } finally {
      this.#isOver = true;
      this.#ended();
      await this.#hold.release();
    }
  }

  async #reload(): Promise<void> {
    this.#metadata = new Metadata(await this.readMeta());
  }

  #checkLocked(): void {
    if (!this.#isOver) return;
    throw new LockError(
      `entry ${quote(this.name)} is not locked any more; lock it again, or use db.entry(${quote(this.name)})`,
      { key: this.name },
    );
  }
}
