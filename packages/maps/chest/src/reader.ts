import { CorruptError, quote, type ValueCodec } from '@spillway/core';
import { estimate } from './estimate.js';
import { writesHere } from './here.js';
import { ABSENT, type Entry, type Held, type Memory } from './memory.js';
import type { Found, Shelf } from './shelf.js';
import type { Writer } from './writer.js';

/** After so many looks into memory it is asked again whether others have changed anything. */
const TRUST = 256;

/** So many bytes or values are read together. */
const GROUP_BYTES = 16 * 2 ** 20;
const LARGEST_GROUP = 8192;

/** With so many keys or more, reading values again costs less than what they would push out. */
const MANY = 128;

/** Values that are being read. */
interface Load<V> {
  /** When it was begun, by the shelf's time. */
  readonly time: number;
  readonly names: readonly string[];
  /** In the order of the names. */
  readonly values: Promise<readonly Held<V>[]>;
  /** How many there were. */
  readonly bytes: Promise<number>;
  /** Whether values in memory may go for them. */
  readonly pushes: boolean;
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
  #looks = 0;
  #lastLook = 0;

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
    const look = ++this.#looks;
    const time = this.#shelf.time();
    const seen = typeof time === 'number' ? time : await time;
    // Of several that look at the same time, the last to know may have looked first.
    if (look > this.#lastLook) {
      this.#lastLook = look;
      this.#memory.time = seen;
    }
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
    const values: Held<V>[] = new Array(names.length);
    /** Where a name is first that has to be read; and where others wait for the value of a name. */
    const missing = new Map<string, number>();
    const waiting: { readonly at: number; readonly name: string; readonly load?: Load<V> }[] = [];
    for (const [at, name] of names.entries()) {
      const entry = this.find(name);
      const load = entry === undefined ? this.#loads.get(name) : undefined;
      if (entry !== undefined) values[at] = entry.value;
      else if (load?.time === this.#memory.time) waiting.push({ at, name, load });
      else if (missing.has(name)) waiting.push({ at, name });
      else missing.set(name, at);
    }
    const pushes = missing.size < MANY || !this.#shelf.takesBatches;
    for await (const { names, values: read } of this.#inGroups([...missing.keys()], pushes)) {
      for (const [i, value] of (await read).entries())
        values[missing.get(names[i] as string) as number] = value;
    }
    for (const { at, name, load } of waiting) {
      if (load === undefined) values[at] = values[missing.get(name) as number] as Held<V>;
      else values[at] = (await load.values)[load.names.indexOf(name)] as Held<V>;
    }
    return values;
  }

  /** Reads values into memory, as long as there is room. */
  async prefetch(names: readonly string[]): Promise<void> {
    await this.refresh();
    const missing = [...new Set(names)].filter((name) => this.find(name) === undefined);
    for await (const { names, values } of this.#inGroups(missing, true)) {
      for (const [i, value] of (await values).entries()) {
        if (value !== ABSENT && this.#memory.find(names[i] as string) === undefined) return;
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

  /** Reads a few values at a time: so many that their bytes are not too many, going by those before. */
  async *#inGroups(names: readonly string[], pushes: boolean): AsyncGenerator<Load<V>, void, void> {
    let size = this.#shelf.firstGroup;
    for (let at = 0; at < names.length; ) {
      const group = at === 0 && names.length <= size ? names : names.slice(at, at + size);
      const load = this.#load(group, pushes);
      yield load;
      at += size;
      const mean = (await load.bytes) / size;
      size = Math.ceil(Math.min(GROUP_BYTES / mean, size * 8, LARGEST_GROUP));
    }
  }

  #load(names: readonly string[], pushes: boolean): Load<V> {
    const reading = this.#shelf.read(names);
    const load: Load<V> = {
      time: this.#memory.time,
      names,
      pushes,
      bytes: reading.then((found) => found.reduce((sum, one) => sum + (one?.bytes.length ?? 0), 1)),
      values: reading.then(
        (found) => this.#take(found, load),
        (error) => {
          this.#end(load);
          throw error;
        },
      ),
    };
    load.bytes.catch(() => {});
    for (const name of names) this.#loads.set(name, load);
    return load;
  }

  /** Takes into memory what nobody has changed meanwhile, where there is room. */
  #take(found: readonly (Found | undefined)[], load: Load<V>): readonly Held<V>[] {
    const unchanged = this.#end(load);
    return load.names.map((name, i) => {
      const one = found[i];
      if (one === undefined) return ABSENT;
      const value = this.decode(name, one.bytes);
      const bytes = Math.max(estimate(value), one.bytes.length);
      if (unchanged[i] && this.#writer.hasRoom(bytes, load.pushes)) {
        this.#memory.keep(name, value, bytes, one.stamp).time = load.time;
      }
      return value;
    });
  }

  /** @returns for each name whether nobody has changed its value since. */
  #end(load: Load<V>): readonly boolean[] {
    return load.names.map((name) => this.#loads.get(name) === load && this.#loads.delete(name));
  }

  #isTrusted(): boolean {
    return --this.#trust > 0 && this.#writes === writesHere();
  }
}
