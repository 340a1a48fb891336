import { CorruptError, quote, type ValueCodec } from '@spillway/core';
import { estimate } from './estimate.js';
import { writesHere } from './here.js';
import { ABSENT, type Entry, type Held, type Memory } from './memory.js';
import type { Found, Shelf } from './shelf.js';
import type { Writer } from './writer.js';

/** After so many looks into memory it is asked again whether others have changed anything. */
const TRUST = 256;

/** So many values are read together at first, and so many bytes or values later on. */
const FIRST_GROUP = 4;
const GROUP_BYTES = 16 * 2 ** 20;
const LARGEST_GROUP = 8192;

/** A value that is being read. */
interface Load<V> {
  /** When it was begun, by the shelf's time. */
  readonly time: number;
  readonly values: Promise<ReadonlyMap<string, Held<V>>>;
  /** How many there were. */
  readonly bytes: Promise<number>;
}

/**
 * Finds values in memory and on the shelf.
 *
 * What others have written is seen: the shelf is asked whether anything has changed, once for all calls that follow each
 * other without anything happening outside of this thread. That is, until the next tick; Node.js runs those when no
 * promise has anything left to do.
 */
export class Reader<V> {
  readonly #memory: Memory<V>;
  readonly #shelf: Shelf;
  readonly #codec: ValueCodec<V>;
  readonly #writer: Writer<V>;
  readonly #loads = new Map<string, Load<V>>();
  #trust = 0;
  #writes = 0;

  constructor(memory: Memory<V>, shelf: Shelf, codec: ValueCodec<V>, writer: Writer<V>) {
    this.#memory = memory;
    this.#shelf = shelf;
    this.#codec = codec;
    this.#writer = writer;
  }

  /** The entry of a value in memory, if it holds without a look at the shelf. */
  peek(name: string): Entry<V> | undefined {
    const entry = this.#memory.find(name);
    if (entry === undefined) return undefined;
    if (!entry.changed && !(this.#isTrusted() && entry.time === this.#memory.time))
      return undefined;
    this.#memory.use(entry);
    return entry;
  }

  /** Sees whether others have changed anything. Entries of before then have to be looked at. */
  async refresh(): Promise<void> {
    if (this.#isTrusted()) return;
    this.#writes = writesHere();
    const time = this.#shelf.time();
    // Of several that look at the same time, the last to know may have looked first.
    const seen = typeof time === 'number' ? time : await time;
    this.#memory.time = Math.max(this.#memory.time, seen);
    this.#trust = TRUST;
    process.nextTick(() => {
      this.#trust = 0;
    });
  }

  /** The entry of a value in memory that still holds. Call {@link refresh} before. */
  find(name: string): Entry<V> | undefined {
    const entry = this.#memory.find(name);
    if (entry === undefined) return undefined;
    if (!entry.changed && entry.time !== this.#memory.time) {
      if (!this.#shelf.isCurrent(name, entry.stamp)) {
        this.#memory.remove(entry);
        return undefined;
      }
      entry.time = this.#memory.time;
    }
    this.#memory.use(entry);
    return entry;
  }

  /** The values of keys; each is read once, also when it is asked for again meanwhile. */
  async read(names: readonly string[]): Promise<Held<V>[]> {
    await this.refresh();
    const values: Held<V>[] = [];
    const missing = new Map<string, number[]>();
    for (const [i, name] of names.entries()) {
      const entry = this.find(name);
      if (entry !== undefined) values[i] = entry.value;
      else if (missing.get(name)?.push(i) === undefined) missing.set(name, [i]);
    }
    for (const [name, value] of await this.#readMissing([...missing.keys()])) {
      for (const i of missing.get(name) as number[]) values[i] = value;
    }
    return values;
  }

  /** Reads values into memory, as long as there is room. */
  async prefetch(names: readonly string[]): Promise<void> {
    await this.refresh();
    const missing = [...new Set(names)].filter((name) => this.find(name) === undefined);
    for await (const values of this.#inGroups(missing)) {
      for (const [name, value] of values) {
        if (value !== ABSENT && this.#memory.find(name) === undefined) return;
      }
    }
  }

  /** What a shelf's bytes are. @throws {CorruptError} naming the key. */
  decode(name: string, bytes: Uint8Array): V {
    try {
      return this.#codec.load(bytes);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new CorruptError(`the value of ${quote(name)} can't be read: ${reason}`, {
        key: name,
        cause,
      });
    }
  }

  /** Sees to it that what is being read of a key doesn't get into memory any more. */
  forget(name: string): void {
    if (this.#loads.size > 0) this.#loads.delete(name);
  }

  forgetAll(): void {
    this.#loads.clear();
  }

  #isTrusted(): boolean {
    return --this.#trust > 0 && this.#writes === writesHere();
  }

  async #readMissing(names: readonly string[]): Promise<ReadonlyMap<string, Held<V>>> {
    const joined = new Map<string, Load<V>>();
    for (const name of names) {
      const load = this.#loads.get(name);
      if (load?.time === this.#memory.time) joined.set(name, load);
    }
    const all = new Map<string, Held<V>>();
    const own = joined.size === 0 ? names : names.filter((name) => !joined.has(name));
    for await (const values of this.#inGroups(own)) {
      for (const [name, value] of values) all.set(name, value);
    }
    for (const [name, { values }] of joined) {
      all.set(name, (await values).get(name) as Held<V>);
    }
    return all;
  }

  /** Reads a few values at a time: so many that their bytes are not too many, going by those before. */
  async *#inGroups(
    names: readonly string[],
  ): AsyncGenerator<ReadonlyMap<string, Held<V>>, void, void> {
    let size = FIRST_GROUP;
    for (let at = 0; at < names.length; ) {
      const load = this.#load(names.slice(at, at + size));
      yield await load.values;
      at += size;
      const mean = (await load.bytes) / size;
      size = Math.ceil(Math.min(GROUP_BYTES / mean, size * 8, LARGEST_GROUP));
    }
  }

  #load(names: readonly string[]): Load<V> {
    const reading = this.#shelf.read(names);
    const load: Load<V> = {
      time: this.#memory.time,
      bytes: reading.then((found) => found.reduce((sum, one) => sum + (one?.bytes.length ?? 0), 1)),
      values: reading.then(
        (found) => this.#take(names, found, load),
        (error) => {
          this.#end(names, load);
          throw error;
        },
      ),
    };
    load.bytes.catch(() => {});
    for (const name of names) this.#loads.set(name, load);
    return load;
  }

  /** Takes into memory what nobody has changed meanwhile, where there is room. */
  #take(
    names: readonly string[],
    found: readonly (Found | undefined)[],
    load: Load<V>,
  ): ReadonlyMap<string, Held<V>> {
    const unchanged = this.#end(names, load);
    const values = new Map<string, Held<V>>();
    for (const [i, name] of names.entries()) {
      const one = found[i];
      const value = one === undefined ? ABSENT : this.decode(name, one.bytes);
      values.set(name, value);
      if (one === undefined || value === ABSENT || !unchanged.has(name)) continue;
      const bytes = Math.max(estimate(value), one.bytes.length);
      if (this.#writer.hasRoom(bytes)) {
        this.#memory.keep(name, value, bytes, one.stamp).time = load.time;
      }
    }
    return values;
  }

  /** @returns the names whose values nobody has changed since. */
  #end(names: readonly string[], load: Load<V>): ReadonlySet<string> {
    const unchanged = new Set<string>();
    for (const name of names) {
      if (this.#loads.get(name) !== load) continue;
      this.#loads.delete(name);
      unchanged.add(name);
    }
    return unchanged;
  }
}
