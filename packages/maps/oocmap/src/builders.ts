import type { Heap } from './heap.js';
import type { EncodedKey } from './key.js';
import { ABSENT } from './packed-members.js';
import { type DictPage, dictPage, type ListPage, listPage, PAGE_BYTES, UNPLACED } from './page.js';
import { Kind, Reference, type Stored } from './stored.js';
import { weigh } from './weigh.js';

/** Members that are gathered before they go to pages. */
const AT_ONCE = 512;

/** Makes a list of its members, which come one by one. */
export class ListBuilder {
  readonly #heap: Heap;
  #members: Stored[] = [];
  #page: ListPage | undefined;
  #length = 0;

  /** @param page an empty list to be filled; without it, one is made where there is room. */
  constructor(heap: Heap, page?: ListPage) {
    this.#heap = heap;
    this.#page = page;
  }

  add(stored: Stored): void {
    this.#members.push(stored);
    if (this.#members.length >= AT_ONCE) this.#pour();
  }

  finish(): Reference {
    const { pages } = this.#heap;
    let weight = 0;
    for (const member of this.#members) weight += weigh(member);
    if (this.#page === undefined && weight <= PAGE_BYTES) {
      const page = listPage(UNPLACED, 0, this.#members);
      return new Reference(Kind.List, pages.add(page));
    }
    return new Reference(Kind.List, this.#pour().id);
  }

  discard(): void {
    for (const member of this.#members) this.#heap.release(member);
    if (this.#page) this.#heap.release(new Reference(Kind.List, this.#page.id));
  }

  #pour(): ListPage {
    this.#page ??= this.#heap.pages.newList();
    this.#heap.lists.insert(this.#page, this.#length, this.#members);
    this.#length += this.#members.length;
    this.#members = [];
    return this.#page;
  }
}

/** Makes a dictionary or a set of keys and members. Of equal keys the last one counts. */
export class DictBuilder {
  readonly #heap: Heap;
  readonly #page: DictPage;

  /** @param page an empty one to be filled; without it, one is made where there is room. */
  constructor(heap: Heap, kind: DictPage['kind'], page: DictPage = dictPage(kind)) {
    this.#heap = heap;
    this.#page = page;
  }

  add(key: EncodedKey, stored: Stored): void {
    const before = this.#heap.dicts.set(this.#page, key, stored);
    if (before !== ABSENT) this.#heap.release(before);
  }

  finish(): Reference {
    const { kind, id } = this.#page;
    return new Reference(kind, id === UNPLACED ? this.#heap.pages.add(this.#page) : id);
  }

  discard(): void {
    this.#heap.release(this.finish());
  }
}
