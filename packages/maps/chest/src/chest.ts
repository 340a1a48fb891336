import { type Awaitable, ClosedError, type FlushOptions } from '@spillway/core';
import { BatchWriter } from './batch-writer.js';
import { inBatches } from './batches.js';
import { estimate } from './estimate.js';
import { type ChestKey, nameOf } from './key.js';
import { Listing } from './listing.js';
import { ABSENT, type Entry, type Held, Memory } from './memory.js';
import { type ChestOptions, checkOptions } from './options.js';
import { Reader } from './reader.js';
import type { Shelf } from './shelf.js';
import { Updater } from './updater.js';
import { Writer } from './writer.js';

/**
 * A dictionary that spills: what fits is in memory, the values not used for longest are on the disk, one file each, or
 * in a `store`. Any number of threads and processes may use it at once.
 *
 * What was changed is on the disk once it was spilled or `flush` has resolved, and others see it then; what wasn't is
 * lost when the process is killed. A value belongs to the chest once it was set: to change it, change it and set it
 * again, or `update` it.
 *
 * @param path the directory, made when absent. Without one, and without a `store`, it is temporary, and deleted by
 * `close`.
 * @typeParam K the keys.
 * @typeParam V the values; what is stored is not checked against it.
 * @throws {StorageError} when the directory can't be made, or the path is a file.
 * @throws {SchemaError} when the values there were written by a codec of another extension.
 */
export function Chest<K extends ChestKey = ChestKey, V = unknown>(
  path?: string,
  options: ChestOptions<V> = {},
): ChestMap<K, V> {
  return new ChestMap<K, V>(path, options);
}

/** What {@link Chest} makes. */
export class ChestMap<K extends ChestKey = ChestKey, V = unknown> implements AsyncDisposable {
  readonly #shown: string;
  readonly #temporary: boolean;
  readonly #memory = new Memory<V>();
  readonly #shelf: Shelf;
  readonly #writer: Writer<V>;
  readonly #reader: Reader<V>;
  readonly #batches: BatchWriter<V>;
  readonly #updater: Updater<V>;
  readonly #listing: Listing<K, V>;
  #closing: Promise<void> | undefined;

  constructor(path: string | undefined, options: ChestOptions<V>) {
    const { codec, availableMemory, shelf } = checkOptions(path, options);
    this.#shelf = shelf;
    this.#temporary = path === undefined && options.store === undefined;
    this.#shown = `Chest(${options.store ?? JSON.stringify(path ?? shelf.place)})`;
    this.#writer = new Writer(this.#memory, shelf, codec, availableMemory);
    this.#reader = new Reader(this.#memory, shelf, codec, this.#writer);
    this.#batches = new BatchWriter(this.#memory, shelf, codec, this.#writer, this.#reader);
    this.#updater = new Updater(this.#memory, shelf, this.#writer, this.#reader);
    this.#listing = new Listing(this.#memory, shelf, this.#reader, () => this.#checkOpen());
  }

  /** How many keys there are; they are counted. */
  get size(): Promise<number> {
    return this.#count();
  }

  /** The value of a key; `undefined` when there is none. */
  get(key: K): Promise<V | undefined> {
    try {
      const name = nameOf(key);
      const entry = this.#reader.peek(name);
      if (entry === undefined) return this.#get(name);
      return Promise.resolve(there(entry.value));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The values of keys, in their order; what is not in memory is read together. */
  async getMany(keys: Iterable<K>): Promise<(V | undefined)[]> {
    this.#checkOpen();
    const values = await this.#reader.read(Array.from(keys, nameOf));
    return values.map(there);
  }

  /** Whether there is a value of a key. */
  async has(key: K): Promise<boolean> {
    this.#checkOpen();
    const name = nameOf(key);
    await this.#reader.refresh();
    const entry = this.#reader.find(name);
    return entry === undefined ? this.#shelf.has(name) : entry.value !== ABSENT;
  }

  /**
   * Gives a key a value, at once for this chest; resolves when there is room for it.
   *
   * @throws {KeyError} for what can't be a key.
   * @throws {StorageError} when others should have made room and couldn't be written. All are in memory still.
   */
  set(key: K, value: V): Promise<void> {
    try {
      this.#checkOpen();
      return this.#writer.settle(this.#set(nameOf(key), value));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Gives many keys their values. With a `store`, values of keys that aren't in memory go there at once, together.
   *
   * @throws {KeyError} for what can't be a key. Keys before it may have their values.
   * @throws {StorageError} when values can't be written. They are in memory.
   */
  async setMany(entries: Iterable<readonly [key: K, value: V]>): Promise<void> {
    this.#checkOpen();
    for (const batch of inBatches(entries, this.#writer.batchBytes)) {
      this.#checkOpen();
      await this.#batches.write(batch);
    }
  }

  /** Removes a key. @returns whether it was there. */
  async delete(key: K): Promise<boolean> {
    this.#checkOpen();
    const name = nameOf(key);
    const entry = this.#memory.find(name);
    const existed = entry?.changed ? entry.value !== ABSENT : this.#shelf.has(name);
    this.#set(name, ABSENT);
    return existed;
  }

  /**
   * Reads, changes and writes a value while no other thread or process writes: of several that update a key, each sees
   * what the one before made. `change` must not wait for other changes of the same chest.
   *
   * @param change makes the new value of the present one, which is `undefined` when there is none.
   * @returns the new value, which is on the disk.
   * @throws {LockError} when another process does not let go within `lockTimeout`.
   */
  async update(key: K, change: (value: V | undefined) => Awaitable<V>): Promise<V> {
    this.#checkOpen();
    const name = nameOf(key);
    const { after } = await this.#updater.replace(name, (value) => change(there(value)));
    return after as V;
  }

  /** Gets and removes a value as one step: of several that want it, here or elsewhere, one gets it. */
  async pop(key: K): Promise<V | undefined> {
    this.#checkOpen();
    const name = nameOf(key);
    const { before } = await this.#updater.replace(name, () => ABSENT);
    return there(before);
  }

  /** The keys, in no order, each present one once. */
  keys(): AsyncGenerator<K, void, void> {
    return this.#listing.keys();
  }

  /** The values, as {@link entries} gives them. */
  async *values(): AsyncGenerator<V, void, void> {
    for await (const [, value] of this.entries()) yield value;
  }

  /**
   * Each key with its value, in the order that is cheapest to read. What is read for this is not kept in memory, so that
   * nothing has to go for it.
   */
  entries(): AsyncGenerator<[key: K, value: V], void, void> {
    return this.#listing.entries();
  }

  [Symbol.asyncIterator](): AsyncGenerator<[key: K, value: V], void, void> {
    return this.entries();
  }

  /** Reads values of keys into memory, a few files at a time, as long as there is room. */
  async prefetch(keys: Iterable<K>): Promise<void> {
    this.#checkOpen();
    await this.#reader.prefetch(Array.from(keys, nameOf));
  }

  /** The path of the file that a key's value has, or would have if it were written now. */
  keyToFilename(key: K): string {
    return this.#shelf.pathOf(nameOf(key));
  }

  /**
   * Resolves when everything that was changed is on the disk, so that it survives the process and others see it.
   *
   * @param options `durable`: also waits until all that the chest has would survive a power cut (fsync).
   * @throws {StorageError} when it can't be written.
   * @throws {SchemaError} naming the keys whose values can't be encoded, after everything else was written. They stay
   * in memory and can be used.
   */
  async flush(options: FlushOptions = {}): Promise<void> {
    this.#checkOpen();
    try {
      await this.#writer.flush();
    } finally {
      await this.#shelf.flush(options);
    }
  }

  /** Removes all keys, as a `Map` does. */
  async clear(): Promise<void> {
    this.#checkOpen();
    await this.#writer.inTurn(() =>
      this.#shelf.alone((held) => {
        this.#memory.clear();
        this.#reader.forgetAll();
        return held.drop();
      }),
    );
  }

  /** The same as {@link clear}, by the name it has in every store. */
  drop(): Promise<void> {
    return this.clear();
  }

  /**
   * Flushes, then releases everything held. A temporary directory is deleted. Closing again gives the same promise.
   * When the flush fails, everything is released all the same and `close` rejects.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  toString(): string {
    return this.#shown;
  }

  async #get(name: string): Promise<V | undefined> {
    this.#checkOpen();
    const [value] = await this.#reader.read([name]);
    return there(value as Held<V>);
  }

  #set(name: string, value: Held<V>): Entry<V> {
    this.#batches.supersede(name);
    this.#reader.forget(name);
    return this.#memory.change(name, value, value === ABSENT ? 0 : estimate(value));
  }

  async #count(): Promise<number> {
    let count = 0;
    for await (const _ of this.keys()) count++;
    return count;
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw new ClosedError(`${this} is closed`);
  }

  async #close(): Promise<void> {
    try {
      // What is temporary needs not be written any more.
      if (this.#temporary) await this.#writer.inTurn(async () => {});
      else await this.#writer.flush();
    } finally {
      this.#memory.clear();
      this.#reader.forgetAll();
      await this.#shelf.close();
    }
  }
}

function there<V>(value: Held<V>): V | undefined {
  return value === ABSENT ? undefined : value;
}
