import type { Gate, Primitives } from '@spillway/core';
import { largestFirst } from './largest-first.js';
import type { MemoryStore } from './memory-store.js';
import { ReadingKeys } from './reading-keys.js';

/**
 * Moves the largest keys of a store in memory to a slow one, slice after slice, in the background. A key is either
 * being read or being spilled, never both.
 */
export class Spiller {
  readonly #gate: Gate;
  readonly #memory: MemoryStore;
  readonly #fast: Primitives<Uint8Array>;
  readonly #slow: Primitives<Uint8Array>;
  readonly #sliceBytes: number;
  readonly #reading = new ReadingKeys();
  /** The keys being spilled, and the promise that they no longer are. */
  #spilling: ReadonlySet<string> = new Set();
  #slice: Promise<void> | undefined;
  /** Slice after slice, as far as was wanted. Never rejects; see `#failure`. */
  #spill: Promise<void> | undefined;
  #spilled = 0;
  #failure: { readonly error: unknown } | undefined;

  /** @param fast the primitives of `memory`. @param sliceBytes about so much is spilled at a time. */
  constructor(
    gate: Gate,
    memory: MemoryStore,
    fast: Primitives<Uint8Array>,
    slow: Primitives<Uint8Array>,
    sliceBytes: number,
  ) {
    this.#gate = gate;
    this.#memory = memory;
    this.#fast = fast;
    this.#slow = slow;
    this.#sliceBytes = sliceBytes;
  }

  /** The keys being spilled. */
  get spilling(): ReadonlySet<string> {
    return this.#spilling;
  }

  /** Bytes spilled so far. */
  get spilled(): number {
    return this.#spilled;
  }

  /** Spills at least `wanted` bytes, unless a spill is under way already. */
  start(wanted: number): Promise<void> {
    this.#spill ??= this.#gate
      .extend(() => this.#spillLargest(wanted))
      .finally(() => {
        this.#spill = undefined;
      });
    return this.#spill;
  }

  /** Waits for the slice under way, or else for all to be spilled. */
  slice(): Promise<void> {
    const spill = this.start(Number.POSITIVE_INFINITY);
    return this.#slice ?? spill;
  }

  /** Spills everything. @throws what the slow store threw. */
  async all(): Promise<void> {
    await this.settled();
    this.throwFailure();
    await this.start(Number.POSITIVE_INFINITY);
    this.throwFailure();
  }

  /** Waits until no spill is under way. */
  async settled(): Promise<void> {
    while (this.#spill) await this.#spill;
  }

  /** Runs `work` while none of the keys is being spilled. */
  async read<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
    while (keys.some((key) => this.#spilling.has(key))) await this.#slice;
    this.#reading.add(keys);
    try {
      return await work();
    } finally {
      this.#reading.remove(keys);
    }
  }

  /** Throws, once, what a spill failed with. */
  throwFailure(): void {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure) throw failure.error;
  }

  forgetFailure(): void {
    this.#failure = undefined;
  }

  async #spillLargest(wanted: number): Promise<void> {
    for (const keys of largestFirst(this.#memory.sizes(), wanted, this.#sliceBytes)) {
      this.#spilling = new Set(keys);
      this.#slice = this.#spillSlice(keys);
      await this.#slice;
      if (this.#failure) return;
    }
  }

  async #spillSlice(keys: readonly string[]): Promise<void> {
    try {
      await this.#reading.none(keys);
      await this.#fast._drain(keys, async (batch) => {
        await this.#slow._append(batch);
        for (const value of batch.values) this.#spilled += value.length;
      });
    } catch (error) {
      this.#failure = { error };
    } finally {
      this.#spilling = new Set();
      this.#slice = undefined;
    }
  }
}
