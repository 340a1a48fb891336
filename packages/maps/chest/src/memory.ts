/** What a key holds that was deleted, and is there in the directory still. */
export const ABSENT = Symbol('absent');

/** A value, or that there is none. */
export type Held<V> = V | typeof ABSENT;

/** A value in memory. */
export class Entry<V> {
  readonly name: string;
  value: Held<V>;
  /** What it takes, in bytes. */
  bytes = 0;
  /** Whether the shelf has another value, or may have. */
  changed = false;
  /** Whether it is in memory. */
  present = true;
  /** Another number for each change. */
  version = 0;
  /** What tells the shelf's value from others, and the time of the shelf at which it was that. */
  stamp: unknown;
  time = -1;
  /** Why it can't be encoded, if that was tried. */
  unfit: unknown;
  older: Entry<V> | undefined;
  newer: Entry<V> | undefined;

  constructor(name: string, value: Held<V>) {
    this.name = name;
    this.value = value;
  }
}

/** Beside the value: an entry, its name and its place in the map, in bytes. */
const ENTRY_BYTES = 200;

/** The values in memory, in the order of their last use, and what they take. */
export class Memory<V> {
  /** The shelf's, as last seen. */
  time = -1;
  readonly #entries = new Map<string, Entry<V>>();
  #oldest: Entry<V> | undefined;
  #newest: Entry<V> | undefined;
  #bytes = 0;
  #versions = 0;

  /** What all entries take. */
  get bytes(): number {
    return this.#bytes;
  }

  find(name: string): Entry<V> | undefined {
    return this.#entries.get(name);
  }

  /** Makes an entry the one used last. */
  use(entry: Entry<V>): void {
    if (entry === this.#newest) return;
    this.#unlink(entry);
    this.#link(entry);
  }

  /** Takes a value that the shelf doesn't have. */
  change(name: string, value: Held<V>, bytes: number): Entry<V> {
    const entry = this.#put(name, value, bytes);
    entry.changed = true;
    return entry;
  }

  /** Takes a value that the shelf has. */
  keep(name: string, value: V, bytes: number, stamp: unknown): Entry<V> {
    const entry = this.#put(name, value, bytes);
    this.written(entry, bytes, stamp);
    return entry;
  }

  /** Notes that the shelf has the value, in so many bytes. */
  written(entry: Entry<V>, bytes: number, stamp: unknown): void {
    entry.changed = false;
    entry.stamp = stamp;
    entry.time = this.time;
    // In memory it may take more than encoded.
    if (bytes > entry.bytes) this.#count(entry, bytes);
  }

  remove(entry: Entry<V>): void {
    this.#entries.delete(entry.name);
    entry.present = false;
    this.#unlink(entry);
    this.#bytes -= entry.bytes;
  }

  clear(): void {
    for (const entry of this.#entries.values()) entry.present = false;
    this.#entries.clear();
    this.#oldest = this.#newest = undefined;
    this.#bytes = 0;
  }

  /** The entries, the one not used for longest first. The one just given may be removed. */
  *[Symbol.iterator](): Generator<Entry<V>, void, void> {
    for (let entry = this.#oldest; entry !== undefined; ) {
      const { newer } = entry;
      yield entry;
      entry = newer;
    }
  }

  #put(name: string, value: Held<V>, bytes: number): Entry<V> {
    let entry = this.#entries.get(name);
    if (entry === undefined) {
      entry = new Entry(name, value);
      this.#entries.set(name, entry);
      this.#link(entry);
    } else {
      entry.value = value;
      this.use(entry);
    }
    entry.version = ++this.#versions;
    entry.unfit = undefined;
    this.#count(entry, bytes);
    return entry;
  }

  #count(entry: Entry<V>, bytes: number): void {
    const counted = bytes + ENTRY_BYTES + 2 * entry.name.length;
    this.#bytes += counted - entry.bytes;
    entry.bytes = counted;
  }

  #link(entry: Entry<V>): void {
    entry.older = this.#newest;
    entry.newer = undefined;
    if (this.#newest !== undefined) this.#newest.newer = entry;
    this.#newest = entry;
    this.#oldest ??= entry;
  }

  #unlink(entry: Entry<V>): void {
    if (entry.older === undefined) this.#oldest = entry.newer;
    else entry.older.newer = entry.newer;
    if (entry.newer === undefined) this.#newest = entry.older;
    else entry.newer.older = entry.older;
  }
}
