import { inspect } from 'node:util';
import type { Access } from './access.js';
import { decodeKey, type EncodedKey, encodeKey } from './key.js';
import { LazyContainer } from './lazy.js';
import { ABSENT } from './packed-members.js';
import type { DictPage } from './page.js';
import { preview } from './preview.js';
import { Kind } from './stored.js';

/** Members that are read at once while iterating. */
const AT_ONCE = 256;

/** A set on the disk. Its members are keys, equal by structure, and come in their order. */
export class LazySet<T> extends LazyContainer implements Iterable<T> {
  /** @internal */
  constructor(access: Access, id: number) {
    super(access, Kind.Set, id);
  }

  /** How many members there are. */
  get size(): number {
    return this.#set().size;
  }

  /** Whether a value is a member. @throws {KeyError} */
  has(value: T): boolean {
    return this.access.heap.dicts.get(this.#set(), encodeKey(value)) !== ABSENT;
  }

  /** Adds a member. @throws {KeyError} for what can't be a key. */
  add(value: T): this {
    const encoded = encodeKey(value);
    this.write();
    this.access.heap.dicts.set(this.#set(), encoded, undefined);
    return this;
  }

  /** Deletes a member. @returns whether it was one. @throws {KeyError} */
  delete(value: T): boolean {
    const encoded = encodeKey(value);
    this.write();
    return this.access.heap.dicts.delete(this.#set(), encoded) !== ABSENT;
  }

  /** Deletes all members. */
  clear(): void {
    this.write();
    const { heap } = this.access;
    for (const stored of heap.dicts.clear(this.#set())) heap.release(stored);
  }

  /** The members, in their order. What is changed meanwhile further on is seen. */
  *values(): Generator<T, undefined, void> {
    for (let after: EncodedKey | undefined; ; ) {
      const page = this.#set();
      const { epoch } = this.access.heap.environment;
      const { keys } = this.access.heap.dicts.after(page, after, AT_ONCE);
      if (keys.length === 0) return undefined;
      for (const key of keys) {
        after = key;
        yield decodeKey(key) as T;
        if (this.access.heap.environment.epoch !== epoch) break;
      }
    }
  }

  [Symbol.iterator](): Generator<T, undefined, void> {
    return this.values();
  }

  override eager(): Set<T> {
    return super.eager() as Set<T>;
  }

  /** For JSON: the members. */
  toJSON(): T[] {
    return [...this];
  }

  [inspect.custom](_depth: number, options: object): string {
    const show = (member: T) => inspect(member, options);
    return preview(`LazySet(${this.size}) {`, this, this.size, show, '}');
  }

  #set(): DictPage {
    return this.page() as DictPage;
  }
}
