import { inspect } from 'node:util';
import { SchemaError, typeName } from '@spillway/core';
import type { Access } from './access.js';
import { decodeKey, type EncodedKey, encodeKey } from './key.js';
import { type Lazy, LazyContainer } from './lazy.js';
import { ABSENT } from './packed-members.js';
import type { DictPage } from './page.js';
import { preview } from './preview.js';
import { Kind, type Stored } from './stored.js';

/** Members that are read at once while iterating. */
const AT_ONCE = 256;
/** Members of a large dictionary that are kept. */
const MOST_RECENT = 1024;

/** A dictionary on the disk, which was a plain object or a Map. Its members are in the order of their keys. */
export class LazyDict<K, V> extends LazyContainer implements Iterable<[K, Lazy<V>]> {
  /** @internal */
  constructor(access: Access, kind: typeof Kind.Object | typeof Kind.Map, id: number) {
    super(access, kind, id);
  }

  /** Whether it was stored from a plain object: its keys are strings, and `eager()` gives an object. */
  get isObject(): boolean {
    return this.reference.kind === Kind.Object;
  }

  /** How many members there are. */
  get size(): number {
    return this.#dict().size;
  }

  /** The member of a key; `undefined` where there is none. @throws {KeyError} */
  get(key: K): Lazy<V> | undefined {
    const stored = this.#find(key);
    return stored === ABSENT ? undefined : (this.access.value(stored) as Lazy<V>);
  }

  /** Whether there is a member of that key. @throws {KeyError} */
  has(key: K): boolean {
    return this.#find(key) !== ABSENT;
  }

  /** Puts a value under a key, in the place of the one that was there. @throws {KeyError} @throws {SchemaError} */
  set(key: K, value: V): this {
    if (this.isObject && typeof key !== 'string')
      throw new SchemaError(`a key of an object must be a string, not ${typeName(key)}`);
    const encoded = encodeKey(key);
    this.write();
    const { heap } = this.access;
    const stored = this.access.store(value);
    const page = this.#dict();
    page.recent?.delete(key);
    const before = heap.dicts.set(page, encoded, stored);
    if (before !== ABSENT) heap.release(before);
    return this;
  }

  /** Deletes the member of a key. @returns whether there was one. @throws {KeyError} */
  delete(key: K): boolean {
    const encoded = encodeKey(key);
    this.write();
    const { heap } = this.access;
    const page = this.#dict();
    page.recent?.delete(key);
    const before = heap.dicts.delete(page, encoded);
    if (before !== ABSENT) heap.release(before);
    return before !== ABSENT;
  }

  /** Deletes all members. */
  clear(): void {
    this.write();
    const { heap } = this.access;
    for (const stored of heap.dicts.clear(this.#dict())) heap.release(stored);
  }

  /** The keys, in their order. */
  *keys(): Generator<K, undefined, void> {
    for (const [key] of this.#members()) yield decodeKey(key) as K;
    return undefined;
  }

  /** The members, in the order of their keys. */
  *values(): Generator<Lazy<V>, undefined, void> {
    for (const [, stored] of this.#members()) yield this.access.value(stored) as Lazy<V>;
    return undefined;
  }

  /** Keys and members, in the order of the keys. What is changed meanwhile further on is seen. */
  *entries(): Generator<[K, Lazy<V>], undefined, void> {
    for (const [key, stored] of this.#members())
      yield [decodeKey(key) as K, this.access.value(stored) as Lazy<V>];
    return undefined;
  }

  [Symbol.iterator](): Generator<[K, Lazy<V>], undefined, void> {
    return this.entries();
  }

  override eager(): Map<K, unknown> | { [name: string]: unknown } {
    return super.eager() as Map<K, unknown> | { [name: string]: unknown };
  }

  /** For JSON: an object, or the entries of what was a Map; members make JSON of themselves. */
  toJSON(): unknown {
    return this.isObject ? Object.fromEntries(this) : [...this];
  }

  [inspect.custom](_depth: number, options: object): string {
    const show = ([key, value]: [K, Lazy<V>]) =>
      `${inspect(key, options)} => ${inspect(value, options)}`;
    return preview(`${this.constructor.name}(${this.size}) {`, this, this.size, show, '}');
  }

  *#members(): Generator<[EncodedKey, Stored], void, void> {
    for (let after: EncodedKey | undefined; ; ) {
      const page = this.#dict();
      const { epoch } = this.access.heap.environment;
      const { keys, values } = this.access.heap.dicts.after(page, after, AT_ONCE);
      if (keys.length === 0) return;
      for (let i = 0; i < keys.length; i++) {
        after = keys[i] as EncodedKey;
        yield [after, values[i]];
        if (this.access.heap.environment.epoch !== epoch) break;
      }
    }
  }

  #find(key: K): Stored | typeof ABSENT {
    const page = this.#dict();
    if (page.height > 0) return this.#findRecent(page, key);
    if (typeof key === 'string' && page.shape !== undefined) {
      const at = page.shape.index.get(key);
      return at === undefined ? ABSENT : page.values[at];
    }
    return this.access.heap.dicts.get(page, encodeKey(key));
  }

  /** What was read last is kept: only keys that are equal if they are the same, and are not looked at again. */
  #findRecent(page: DictPage, key: K): Stored | typeof ABSENT {
    const known = page.recent?.get(key);
    if (known !== undefined) return known;
    const stored = this.access.heap.dicts.get(page, encodeKey(key));
    if (stored === ABSENT || typeof key === 'object') return stored;
    if (page.recent === undefined || page.recent.size >= MOST_RECENT) page.recent = new Map();
    page.recent.set(key, stored);
    return stored;
  }

  #dict(): DictPage {
    return this.page() as DictPage;
  }
}
