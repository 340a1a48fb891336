import {
  type Awaitable,
  type Batch,
  concatBytes,
  type FlushOptions,
  Layer,
  type Primitives,
  requireBytes,
  type Spec,
  type SpecValue,
  Store,
} from '@spillway/core';
import type { MemoryStore } from './memory-store.js';
import { Spiller } from './spiller.js';

/** Options of {@link Buffer}. */
export interface BufferOptions {
  /** Bytes that `fast` may take. Default 256 MiB. */
  readonly availableMemory?: number;
}

const DEFAULT_MEMORY = 256 * 2 ** 20;

/** Above this share of the memory, the largest keys are spilled in the background. */
const HIGH_WATER = 3 / 4;

/**
 * A spill frees this share of the memory below the mark, since finding the largest keys is a look at all; and
 * takes about so much at a time, so that appends that wait for room wait briefly.
 */
const SPILL_SHARE = 1 / 8;

/**
 * Keeps what is appended in `fast` and spills the largest keys to `slow` in the background, once more than
 * three quarters of `availableMemory` are taken. An append waits only when all of it is; a batch larger than that is
 * taken once everything else was spilled.
 *
 * A key is either being read or being spilled, never both; so a `get` sees each byte once.
 *
 * When a spill fails, its bytes stay in `fast`, readable; the next `append`, `flush` or `close` rejects
 * with the error, and the one after tries again. What `slow` took although it rejected, as a client does that
 * lost its server, is there twice then. `close` closes both.
 *
 * @throws {TypeError} when `fast` doesn't count its memory or `slow` holds no bytes.
 */
export function Buffer(fast: MemoryStore, slow: Store, options: BufferOptions = {}): BufferStore {
  return new BufferStore(fast, slow, options);
}

/** How a buffer stands, in bytes. */
export interface BufferStats {
  /** Taken in memory now. */
  readonly memory: number;
  /** Handed to the slow store since the buffer was made. */
  readonly spilled: number;
}

/** What {@link Buffer} makes. */
export class BufferStore extends Layer<Uint8Array> {
  readonly #memoryStore: MemoryStore;
  readonly #fast: Primitives<Uint8Array>;
  readonly #availableMemory: number;
  readonly #spiller: Spiller;
  /** The last of the appends that wait for room. */
  #lastWaiting: Promise<void> | undefined;

  constructor(fast: MemoryStore, slow: Store, { availableMemory = DEFAULT_MEMORY }: BufferOptions) {
    super('Buffer', slow);
    requireBytes('Buffer', slow);
    requireBytes('Buffer', fast);
    if (typeof fast.sizes !== 'function') {
      throw new TypeError(
        `Buffer keeps bytes in a store that counts its memory, such as Dict(), not in ${fast}`,
      );
    }
    if (!(availableMemory > 0))
      throw new TypeError(`availableMemory must be a number of bytes, not ${availableMemory}`);
    this.#memoryStore = fast;
    this.#fast = Store.behind<Uint8Array>(fast).primitives;
    this.#availableMemory = availableMemory;
    this.#spiller = new Spiller(
      this.gate,
      fast,
      this.#fast,
      this.inner,
      availableMemory * SPILL_SHARE,
    );
  }

  override spec(): Spec {
    const args: (Spec | SpecValue)[] = [this.#memoryStore.spec(), this.innerSpec()];
    if (this.#availableMemory !== DEFAULT_MEMORY)
      args.push({ availableMemory: this.#availableMemory });
    return { name: 'Buffer', args };
  }

  /** Bytes in memory and bytes spilled. */
  stats(): BufferStats {
    return { memory: this.#memoryStore.memory, spilled: this.#spiller.spilled };
  }

  /**
   * Once anything was spilled, the memory of what is spilled takes what comes. Until then a copy would only cost
   * fresh memory.
   */
  protected override get keepsFrom(): number {
    return this.#spiller.spilled === 0 ? this.#fast.keepsFrom : Number.POSITIVE_INFINITY;
  }

  protected override _append(batch: Batch<Uint8Array>): Awaitable<void> {
    this.#spiller.throwFailure();
    if (this.#lastWaiting === undefined && this.#hasRoom(batch)) return this.#accept(batch);
    const turn = (this.#lastWaiting ?? Promise.resolve()).then(() => this.#acceptWhenRoom(batch));
    const settled = turn
      .catch(() => {})
      .then(() => {
        if (this.#lastWaiting === settled) this.#lastWaiting = undefined;
      });
    this.#lastWaiting = settled;
    return turn;
  }

  protected override _get(keys: readonly string[]): Promise<Uint8Array[]> {
    return this.#spiller.read(keys, async () => {
      const [older, newer] = await Promise.all([this.inner._get(keys), this.#fast._get(keys)]);
      return older.map((bytes, i) => join(bytes, newer[i] as Uint8Array));
    });
  }

  protected override async *_stream(key: string): AsyncGenerator<Uint8Array, void, void> {
    const older = this.inner._stream(key)[Symbol.asyncIterator]();
    const newer = this.#fast._stream(key)[Symbol.asyncIterator]();
    try {
      // A stream is of the value as it was at its first part.
      const [first, second] = await this.#spiller.read([key], () =>
        Promise.all([older.next(), newer.next()]),
      );
      for (let part = first; !part.done; part = await older.next()) yield part.value;
      for (let part = second; !part.done; part = await newer.next()) yield part.value;
    } finally {
      await Promise.all([older.return?.(), newer.return?.()]);
    }
  }

  protected override async _has(key: string): Promise<boolean> {
    return this.#spiller.spilling.has(key) || (await this.#fast._has(key)) || this.inner._has(key);
  }

  protected override async *_keys(prefix: string): AsyncGenerator<string, void, void> {
    // All at one moment: what leaves memory later is here, what left it before is in the slow store.
    const inMemory = new Set(this.#spiller.spilling);
    for (const [key] of this.#memoryStore.sizes()) inMemory.add(key);
    for (const key of inMemory) if (key.startsWith(prefix)) yield key;
    for await (const key of this.inner._keys(prefix)) if (!inMemory.has(key)) yield key;
  }

  /** Spills what is in memory first: the slow store knows best how to read all it has. */
  protected override async *_entries(
    prefix: string,
  ): AsyncGenerator<readonly [key: string, value: Uint8Array], void, void> {
    await this.#spiller.all();
    yield* this.inner._entries(prefix);
  }

  protected override async _set(batch: Batch<Uint8Array>): Promise<void> {
    await this.#makeRoom(batch);
    // A spill under way would bring the old value back.
    await this.#spiller.settled();
    this.#spiller.throwFailure();
    await this.inner._delete(batch.keys);
    await this.#fast._set(batch);
    this.#spillAboveMark();
  }

  protected override async _delete(keys: readonly string[]): Promise<void> {
    await this.#spiller.settled();
    await this.inner._delete(keys);
    await this.#fast._delete(keys);
  }

  protected override async _pop(keys: readonly string[]): Promise<Uint8Array[]> {
    await this.#spiller.settled();
    const older = await this.inner._pop(keys);
    const newer = await this.#fast._pop(keys);
    return older.map((bytes, i) => join(bytes, newer[i] as Uint8Array));
  }

  protected override async _flush(options: FlushOptions): Promise<void> {
    await this.#spiller.all();
    await this.inner._flush(options);
  }

  protected override async _drop(): Promise<void> {
    await this.#spiller.settled();
    this.#spiller.forgetFailure();
    await this.#fast._drop();
    await this.inner._drop();
  }

  protected override _finish(): Promise<void> {
    return this.#spiller.all();
  }

  protected override async _close(): Promise<void> {
    await this.#memoryStore.close();
    await super._close();
  }

  #hasRoom({ values }: Batch<Uint8Array>): boolean {
    let wanted = 0;
    for (const value of values) wanted += value.length;
    return this.#memoryStore.memory + wanted <= this.#availableMemory;
  }

  #accept(batch: Batch<Uint8Array>): Awaitable<void> {
    const accepted = this.#fast._append(batch);
    this.#spillAboveMark();
    return accepted;
  }

  #spillAboveMark(): void {
    const above = this.#memoryStore.memory - this.#availableMemory * HIGH_WATER;
    if (above > 0) this.#spiller.start(above + this.#availableMemory * SPILL_SHARE);
  }

  async #acceptWhenRoom(batch: Batch<Uint8Array>): Promise<void> {
    await this.#makeRoom(batch);
    await this.#accept(batch);
  }

  async #makeRoom(batch: Batch<Uint8Array>): Promise<void> {
    while (!this.#hasRoom(batch) && this.#memoryStore.memory > 0) {
      await this.#spiller.slice();
      this.#spiller.throwFailure();
    }
  }
}

function join(older: Uint8Array, newer: Uint8Array): Uint8Array {
  if (older.length === 0) return newer;
  return newer.length === 0 ? older : concatBytes([older, newer]);
}
