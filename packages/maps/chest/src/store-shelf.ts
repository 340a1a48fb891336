import { concatBytes, SchemaError, type Store } from '@spillway/core';
import type { Change, Found, HeldShelf, Shelf } from './shelf.js';

/** What the chest knows of itself; a name that no key has. */
const OWN_NAME = '(chest)';

/** What is kept under {@link OWN_NAME}, as JSON. */
interface About {
  /** The codec's. */
  readonly extension: string;
  /** How often anybody has changed anything. */
  readonly changes: number;
}

/**
 * Values in a store of bytes, for many small ones. Each write is one exclusive step of the store, which also counts it;
 * so everybody sees by one small value that something has changed.
 */
export class StoreShelf implements Shelf {
  readonly place: string;
  readonly #store: Store;
  readonly #extension: string;
  /** How many changes were this one's. */
  #own = 0;

  constructor(store: Store, extension: string) {
    this.#store = store;
    this.place = String(store);
    this.#extension = extension;
  }

  async time(): Promise<number> {
    return (await this.#about(this.#store)).changes - this.#own;
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

  async write(changes: readonly Change[]): Promise<readonly unknown[]> {
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

  pathOf(name: string): never {
    throw new TypeError(`${name} has no file: the values of this chest are in ${this.#store}`);
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  async #write(held: Store, changes: readonly Change[]): Promise<readonly unknown[]> {
    const about = await this.#about(held);
    const values: [string, Uint8Array][] = [];
    const deleted: string[] = [];
    for (const { name, payload } of changes) {
      if (payload === undefined) deleted.push(name);
      else values.push([name, payload instanceof Uint8Array ? payload : concatBytes(payload)]);
    }
    values.push(this.#next(about));
    if (deleted.length > 0) await held.delete(deleted);
    await held.set(values);
    this.#own++;
    return [];
  }

  async #drop(held: Store): Promise<void> {
    const about = await this.#about(held);
    await held.drop();
    await held.set([this.#next(about)]);
    this.#own++;
  }

  #next({ changes }: About): [string, Uint8Array] {
    const about: About = { extension: this.#extension, changes: changes + 1 };
    return [OWN_NAME, new TextEncoder().encode(JSON.stringify(about))];
  }

  /** @throws {SchemaError} when the store's values are another codec's. */
  async #about(store: Store): Promise<About> {
    const bytes = await store.get(OWN_NAME);
    if (bytes.length === 0) return { extension: this.#extension, changes: 0 };
    const about = JSON.parse(new TextDecoder().decode(bytes)) as About;
    if (about.extension === this.#extension) return about;
    throw new SchemaError(
      `the values in ${this.#store} are of the codec of ${about.extension}, not ${this.#extension}; open it with the codec it was written with`,
    );
  }
}

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
