import { randomInt } from 'node:crypto';
import { concatBytes, type FlushOptions, SchemaError, type Store } from '@spillway/core';
import { noteWrite } from './here.js';
import type { Changes, Found, HeldShelf, Shelf } from './shelf.js';

/** What the chest knows of itself; a name that no key has. */
const OWN_NAME = '(chest)';

/** So many bytes are set together: what stores take in one piece, and write while the next is made. */
const SET_BYTES = 2 ** 19;

/** With more marks than this, another number takes their place: each is a piece to be read. */
const MOST_MARKS = 32;

/** What is kept under {@link OWN_NAME}: a line of JSON, and after it a mark for each change since. */
interface About {
  /** The codec's. */
  readonly extension: string;
  /** Goes up with each change; now and then it is any other number. */
  readonly changes: number;
}

/**
 * Values in a store of bytes, for many small ones. Each write is one exclusive step of the store, which also appends a
 * mark to a value of the chest's own; so everybody sees by the length of that one that something has changed.
 */
export class StoreShelf implements Shelf {
  readonly place: string;
  readonly firstGroup = 256;
  readonly takesBatches = true;
  readonly #store: Store;
  readonly #extension: string;
  /** How many changes were this one's. */
  #own = 0;
  /** How many marks there are, as far as is known. */
  #marks = 0;
  #begun = false;
  /** Whether anything was read since marks were last counted. */
  #reads = false;

  constructor(store: Store, extension: string) {
    this.#store = store;
    this.place = String(store);
    this.#extension = extension;
  }

  async time(): Promise<number> {
    this.#reads = true;
    // A write that ends meanwhile may look like another's, but not the other way round.
    const own = this.#own;
    return (await this.#about(this.#store)).changes - own;
  }

  /** The store doesn't say which of its values has changed. */
  isCurrent(): boolean {
    return false;
  }

  async read(names: readonly string[]): Promise<(Found | undefined)[]> {
    return found(this.#store, names);
  }

  has(name: string): Promise<boolean> {
    return this.#store.has(name);
  }

  async *names(): AsyncGenerator<string, void, void> {
    for await (const name of this.#store.keys()) if (name !== OWN_NAME) yield name;
  }

  async *entries(): AsyncGenerator<readonly [name: string, bytes: Uint8Array], void, void> {
    for await (const entry of this.#store.entries()) if (entry[0] !== OWN_NAME) yield entry;
  }

  async write(changes: Changes): Promise<readonly unknown[]> {
    return this.alone((held) => held.write(changes));
  }

  async alone<T>(work: (shelf: HeldShelf) => Promise<T>): Promise<T> {
    return this.#store.exclusive((held) =>
      work({
        read: (names) => found(held, names),
        write: (changes) => this.#write(held, changes),
        drop: () => this.#drop(held),
      }),
    );
  }

  flush(options: FlushOptions): Promise<void> {
    return this.#store.flush(options);
  }

  pathOf(name: string): never {
    throw new TypeError(`${name} has no file: the values of this chest are in ${this.#store}`);
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  async #write(held: Store, { names, payloads }: Changes): Promise<readonly unknown[]> {
    if (!this.#begun) await this.#begin(held);
    const deleted = names.filter((_, i) => payloads[i] === undefined);
    if (deleted.length > 0) await held.delete(deleted);
    let values: [string, Uint8Array][] = [];
    let size = 0;
    for (const [i, payload] of payloads.entries()) {
      if (payload === undefined) continue;
      const bytes = payload instanceof Uint8Array ? payload : concatBytes(payload);
      values.push([names[i] as string, bytes]);
      size += bytes.length;
      if (size < SET_BYTES) continue;
      await held.set(values);
      values = [];
      size = 0;
    }
    if (values.length > 0) await held.set(values);
    await this.#mark(held);
    return [];
  }

  async #drop(held: Store): Promise<void> {
    const { changes } = await this.#about(held);
    await held.drop();
    await this.#count(held, changes + 1);
    this.#wrote();
  }

  /** Reads nothing for who only writes, as a store may need an index for that. */
  async #mark(held: Store): Promise<void> {
    if (this.#marks < MOST_MARKS) {
      await held.append([[OWN_NAME, MARK]]);
      this.#marks++;
      this.#wrote();
      return;
    }
    if (this.#reads) {
      const { changes } = await this.#about(held);
      await this.#count(held, changes + 1);
      this.#wrote();
    } else {
      // Others may have changed something, so this must be news here as well.
      await this.#count(held, randomInt(MOST_CHANGES));
      noteWrite();
    }
    this.#reads = false;
  }

  #wrote(): void {
    noteWrite();
    this.#own++;
  }

  /** Sees to it that the store says whose values it has. */
  async #begin(held: Store): Promise<void> {
    const { changes } = await this.#about(held);
    if (changes === 0) await this.#count(held, 0);
    this.#begun = true;
  }

  async #count(held: Store, changes: number): Promise<void> {
    const about: About = { extension: this.#extension, changes };
    await held.set([[OWN_NAME, new TextEncoder().encode(`${JSON.stringify(about)}\n`)]]);
    this.#marks = 0;
  }

  /** @throws {SchemaError} when the store's values are another codec's. */
  async #about(store: Store): Promise<About> {
    const text = new TextDecoder().decode(await store.get(OWN_NAME));
    if (text === '') return { extension: this.#extension, changes: 0 };
    const line = text.indexOf('\n');
    const { extension, changes } = JSON.parse(text.slice(0, line)) as About;
    this.#marks = text.length - line - 1;
    if (extension === this.#extension) return { extension, changes: changes + this.#marks };
    throw new SchemaError(
      `the values in ${this.#store} are of the codec of ${extension}, not ${this.#extension}; open it with the codec it was written with`,
    );
  }
}

/** So that many changes may follow. */
const MOST_CHANGES = 2 ** 47;

const MARK = new TextEncoder().encode('+');

async function found(store: Store, names: readonly string[]): Promise<(Found | undefined)[]> {
  const values = await store.get(names);
  const all: (Found | undefined)[] = [];
  for (const [i, bytes] of values.entries()) {
    // Some codec may have values of no bytes.
    const there = bytes.length > 0 || (await store.has(names[i] as string));
    all.push(there ? { bytes, stamp: undefined } : undefined);
  }
  return all;
}
