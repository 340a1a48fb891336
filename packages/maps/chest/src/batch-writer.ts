import type { Payload, ValueCodec } from '@spillway/core';
import type { Batch } from './batches.js';
import type { Entry, Memory } from './memory.js';
import type { Reader } from './reader.js';
import type { Changes, Shelf } from './shelf.js';
import type { Writer } from './writer.js';

/** Fewer values than this are better off in memory. */
const FEWEST = 128;

/** A batch whose values are on their way to the shelf, but for those without a payload. */
interface OnTheWay<V> extends Batch<V> {
  readonly payloads: (Payload | undefined)[];
  /** Where each name is, once that was asked for. */
  places?: Map<string, number>;
}

/**
 * Sets many values. A shelf that takes batches gets them at once, past the memory: a place there costs a small value
 * more than its share of a write. What is in memory already stays there, and what can't be written comes there.
 */
export class BatchWriter<V> {
  readonly #memory: Memory<V>;
  readonly #shelf: Shelf;
  readonly #codec: ValueCodec<V>;
  readonly #writer: Writer<V>;
  readonly #reader: Reader<V>;
  readonly #onTheWay = new Set<OnTheWay<V>>();

  constructor(
    memory: Memory<V>,
    shelf: Shelf,
    codec: ValueCodec<V>,
    writer: Writer<V>,
    reader: Reader<V>,
  ) {
    this.#memory = memory;
    this.#shelf = shelf;
    this.#codec = codec;
    this.#writer = writer;
    this.#reader = reader;
  }

  /** @throws {StorageError} when values could not be written; they are in memory. */
  async write(batch: Batch<V>): Promise<void> {
    const together = this.#shelf.takesBatches && batch.names.length >= FEWEST;
    const kept: Entry<V>[] = [];
    const payloads = batch.names.map((name, i) => {
      // What is in memory would be written later, though it is older.
      const goes = together && this.#memory.find(name) === undefined;
      const payload = goes ? this.#dump(batch.values[i] as V) : undefined;
      if (payload === undefined) kept.push(this.#keep(batch, i));
      else this.#reader.forget(name);
      return payload;
    });
    if (together) await this.#send({ ...batch, payloads });
    for (const entry of kept) if (!this.#writer.hasSettled) await this.#writer.settle(entry);
  }

  /** Says that a name gets another value now, which what is on its way must not replace. */
  supersede(name: string): void {
    for (const batch of this.#onTheWay) {
      const place = placeOf(batch, name);
      if (place !== undefined) batch.payloads[place] = undefined;
    }
  }

  #isOnTheWay(name: string): boolean {
    for (const batch of this.#onTheWay) {
      const place = placeOf(batch, name);
      if (place !== undefined && batch.payloads[place] !== undefined) return true;
    }
    return false;
  }

  #keep({ names, values, bytes }: Batch<V>, i: number): Entry<V> {
    const name = names[i] as string;
    this.supersede(name);
    this.#reader.forget(name);
    return this.#memory.change(name, values[i] as V, bytes[i] as number);
  }

  /** The bytes of a value; `undefined` when it can't be encoded, which is for the next flush to say. */
  #dump(value: V): Payload | undefined {
    try {
      return this.#codec.dump(value);
    } catch {
      return undefined;
    }
  }

  /** It is in the queue of all that writes when this returns. */
  async #send(batch: OnTheWay<V>): Promise<void> {
    this.#onTheWay.add(batch);
    try {
      await this.#writer.inTurn(() => this.#shelf.write(changesOf(batch)));
    } catch (error) {
      this.#onTheWay.delete(batch);
      this.#takeBack(batch);
      throw error;
    }
    this.#onTheWay.delete(batch);
    for (const name of changesOf(batch).names) this.#forget(name);
  }

  /** Has what was not written in memory, but for what has newer values. */
  #takeBack(batch: OnTheWay<V>): void {
    for (const [i, name] of batch.names.entries()) {
      if (placeOf(batch, name) !== i || batch.payloads[i] === undefined) continue;
      if (!this.#isOnTheWay(name) && !this.#memory.find(name)?.changed) this.#keep(batch, i);
    }
  }

  /** What was read of a name before it was written is its value no more. */
  #forget(name: string): void {
    this.#reader.forget(name);
    const entry = this.#memory.find(name);
    if (entry !== undefined && !entry.changed) this.#memory.remove(entry);
  }
}

/** What goes now. */
function changesOf({ names, payloads }: OnTheWay<unknown>): Changes {
  const going: { names: string[]; payloads: Payload[] } = { names: [], payloads: [] };
  for (let i = 0; i < names.length; i++) {
    const payload = payloads[i];
    if (payload === undefined) continue;
    going.names.push(names[i] as string);
    going.payloads.push(payload);
  }
  return going;
}

/** Where a name is. Of several values of a name, only the last one goes from then on. */
function placeOf(batch: OnTheWay<unknown>, name: string): number | undefined {
  const { names, payloads, places = new Map<string, number>() } = batch;
  if (batch.places === undefined) {
    for (const [i, one] of names.entries()) {
      const before = places.get(one);
      if (before !== undefined) payloads[before] = undefined;
      places.set(one, i);
    }
    batch.places = places;
  }
  return places.get(name);
}
