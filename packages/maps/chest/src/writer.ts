import { type Payload, quote, SchemaError, type ValueCodec } from '@spillway/core';
import { Slices } from '@spillway/core/node';
import { ABSENT, type Entry, type Memory } from './memory.js';
import type { HeldShelf, Shelf } from './shelf.js';

/**
 * Above this share of the memory, values are spilled in the background, down to the lowest one. Above the highest, who
 * sets a value waits. The rest is for what was let go and isn't collected yet.
 */
const HIGHEST_WATER = 0.9;
const HIGH_WATER = 0.8;
const LOW_WATER = 0.65;

/** So many bytes are one batch at most, and no more than an eighth of the memory. */
const BATCH_BYTES = 32 * 2 ** 20;

/** The clock is looked at once for so many values. */
const STEPS = 16;

/** So many keys are named in an error. */
const NAMED = 20;

const DONE = Promise.resolve();

/** So many old values are looked at for one that can go at once. */
const LOOKS = 32;

/**
 * Brings changed values to the shelf and takes old ones out of memory. Whatever writes does so in turn, one after the
 * other. A value that is changed again while it is being written stays changed.
 */
export class Writer<V> {
  readonly #memory: Memory<V>;
  readonly #shelf: Shelf;
  readonly #codec: ValueCodec<V>;
  readonly #available: number;
  #last: Promise<unknown> = Promise.resolve();
  #spill: Promise<number> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(memory: Memory<V>, shelf: Shelf, codec: ValueCodec<V>, available: number) {
    this.#memory = memory;
    this.#shelf = shelf;
    this.#codec = codec;
    this.#available = available;
  }

  /** Runs `work` after whatever else writes here. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }

  /**
   * Sees to it that a changed value finds room, and waits for that where there is none.
   *
   * @throws {StorageError} when a spill failed; the value stays in memory all the same.
   */
  settle(entry: Entry<V>): Promise<void> {
    return this.hasSettled ? DONE : this.#makeRoom(entry);
  }

  /** So many bytes are encoded and written together, at most. */
  get batchBytes(): number {
    return Math.min(BATCH_BYTES, this.#available / 8);
  }

  /** Whether there is room, and all is well. */
  get hasSettled(): boolean {
    return this.#memory.bytes <= this.#available * HIGH_WATER && this.#failure === undefined;
  }

  /** Writes a changed value to a shelf that one has alone. What can't be encoded stays in memory. */
  async writeNow(held: HeldShelf, entry: Entry<V>): Promise<void> {
    await this.#write([entry], held);
    if (entry.bytes > this.#available) this.#evict([entry]);
  }

  /**
   * Whether there is room in memory for a value just read.
   *
   * @param pushes whether others, which the shelf has, may have to go.
   */
  hasRoom(bytes: number, pushes: boolean): boolean {
    const available = this.#available * HIGHEST_WATER - bytes;
    if (available < 0 || !pushes) return this.#memory.bytes <= available;
    let looks = LOOKS;
    for (const entry of this.#memory) {
      if (this.#memory.bytes <= available || --looks < 0) break;
      if (!entry.changed) this.#memory.remove(entry);
    }
    if (this.#memory.bytes <= available) return true;
    this.#startSpill();
    return false;
  }

  /**
   * Writes all that was changed.
   *
   * @throws {StorageError}
   * @throws {SchemaError} naming the keys whose values can't be encoded, after everything else was written.
   */
  async flush(): Promise<void> {
    this.#failure = undefined;
    const unfit = await this.inTurn(async () => {
      const changed = [...this.#memory].filter((entry) => entry.changed);
      for (let at = 0; at < changed.length; ) {
        const from = at;
        for (let bytes = 0; at < changed.length && bytes < this.batchBytes; at++)
          bytes += (changed[at] as Entry<V>).bytes;
        await this.#write(changed.slice(from, at));
      }
      return changed.filter((entry) => entry.changed && entry.unfit !== undefined);
    });
    if (unfit.length > 0) throw unfitError(unfit);
  }

  /** A value's bytes; `undefined`, and the entry says why, when it can't be encoded. */
  #dump(entry: Entry<V>): Payload | undefined {
    try {
      const payload = this.#codec.dump(entry.value as V);
      entry.unfit = undefined;
      return payload;
    } catch (error) {
      entry.unfit = error ?? new Error('no reason given');
      return undefined;
    }
  }

  async #makeRoom(entry: Entry<V>): Promise<void> {
    this.#throwFailure();
    if (entry.bytes > this.#available) {
      await this.inTurn(() => this.#write([entry]));
      this.#evict([entry]);
    }
    if (this.#memory.bytes > this.#available * HIGH_WATER) this.#startSpill();
    while (this.#memory.bytes > this.#available * HIGHEST_WATER) {
      const spilled = await this.#startSpill();
      this.#throwFailure();
      // What can't be encoded has to stay.
      if (spilled === 0) return;
    }
  }

  /** @returns how many values have left memory. */
  #startSpill(): Promise<number> {
    this.#spill ??= this.inTurn(() => this.#spillOldest())
      .catch((error: unknown) => {
        this.#failure = { error };
        return 0;
      })
      .finally(() => {
        this.#spill = undefined;
      });
    return this.#spill;
  }

  async #spillOldest(): Promise<number> {
    const goal = this.#available * LOW_WATER;
    let spilled = 0;
    while (this.#memory.bytes > goal) {
      const batch: Entry<V>[] = [];
      let going = 0;
      for (const entry of this.#memory) {
        if (this.#memory.bytes - going <= goal || going > this.batchBytes) break;
        if (entry.unfit !== undefined) continue;
        batch.push(entry);
        going += entry.bytes;
      }
      if (batch.length === 0) break;
      await this.#write(batch);
      spilled += this.#evict(batch);
    }
    return spilled;
  }

  /** @returns how many there were that the shelf has. */
  #evict(entries: readonly Entry<V>[]): number {
    let count = 0;
    for (const entry of entries) {
      if (entry.changed || !entry.present) continue;
      this.#memory.remove(entry);
      count++;
    }
    return count;
  }

  async #write(
    entries: readonly Entry<V>[],
    shelf: Pick<Shelf, 'write'> = this.#shelf,
  ): Promise<void> {
    const names: string[] = [];
    const payloads: (Payload | undefined)[] = [];
    const written: Entry<V>[] = [];
    const versions: number[] = [];
    const slices = new Slices();
    for (const entry of entries) {
      if (names.length % STEPS === 0 && slices.over) await slices.pause();
      if (!entry.changed || !entry.present) continue;
      const isDeleted = entry.value === ABSENT;
      const payload = isDeleted ? undefined : this.#dump(entry);
      if (payload === undefined && !isDeleted) continue;
      names.push(entry.name);
      payloads.push(payload);
      written.push(entry);
      versions.push(entry.version);
    }
    if (names.length === 0) return;
    const stamps = await shelf.write({ names, payloads });
    for (const [i, entry] of written.entries()) {
      if (entry.version !== versions[i] || !entry.present) continue;
      if (entry.value === ABSENT) this.#memory.remove(entry);
      else this.#memory.written(entry, payloadBytes(payloads[i]), stamps[i]);
    }
  }

  #throwFailure(): void {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure.error;
  }
}

function payloadBytes(payload: Payload | undefined): number {
  if (payload === undefined || payload instanceof Uint8Array) return payload?.length ?? 0;
  return payload.reduce((sum, { length }) => sum + length, 0);
}

function unfitError(entries: readonly Entry<unknown>[]): SchemaError {
  const [first] = entries;
  const named = entries
    .slice(0, NAMED)
    .map(({ name, unfit }) => `${quote(name)} (${reason(unfit)})`);
  const more = entries.length > NAMED ? ` and ${entries.length - NAMED} more` : '';
  return new SchemaError(
    `these values can't be encoded and stay in memory: ${named.join(', ')}${more}; set them to others or delete them`,
    {
      ...(first !== undefined && { key: first.name }),
      cause:
        entries.length === 1 ? first?.unfit : new AggregateError(entries.map(({ unfit }) => unfit)),
    },
  );
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
