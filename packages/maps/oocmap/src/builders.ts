import type { ByteWriter } from './byte-writer.js';
import { ABSENT } from './dict-table.js';
import type { Heap } from './heap.js';
import { type EncodedKey, encodeKey } from './key.js';
import {
  type DictPage,
  dictPage,
  type ListPage,
  listPage,
  PAGE_BYTES,
  UNPLACED,
  writeShaped,
} from './page.js';
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

  constructor(heap: Heap) {
    this.#heap = heap;
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

  constructor(heap: Heap, kind: DictPage['kind']) {
    this.#heap = heap;
    this.#page = dictPage(kind);
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

/** Makes a dictionary of an object's members in the order of its names. */
export class ObjectBuilder {
  readonly names: readonly string[];
  readonly #heap: Heap;
  readonly #members: Stored[] = [];
  readonly #writer: ByteWriter;

  constructor(heap: Heap, writer: ByteWriter, names: readonly string[]) {
    this.#heap = heap;
    this.#writer = writer;
    this.names = names;
  }

  add(stored: Stored): void {
    this.#members.push(stored);
  }

  finish(): Reference {
    const { pages, shapes } = this.#heap;
    const arrangement = shapes.arrange(this.names);
    if (arrangement === undefined) return this.#finishUnshaped();
    this.#writer.begin();
    writeShaped(this.#writer, arrangement, this.#members);
    if (this.#writer.length > PAGE_BYTES) return this.#finishUnshaped();
    return new Reference(Kind.Object, pages.addWritten(this.#writer.finish()));
  }

  discard(): void {
    for (const member of this.#members) this.#heap.release(member);
  }

  #finishUnshaped(): Reference {
    const page = dictPage(Kind.Object);
    const { dicts, pages } = this.#heap;
    for (let i = 0; i < this.names.length; i++)
      dicts.set(page, encodeKey(this.names[i]), this.#members[i]);
    return new Reference(Kind.Object, page.id === UNPLACED ? pages.add(page) : page.id);
  }
}
