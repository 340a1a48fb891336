import { CorruptError } from '@spillway/core';
import {
  childOf,
  insert,
  type Part,
  search,
  split,
  unshape,
  weighKey,
  weightOf,
} from './dict-page.js';
import type { EncodedKey } from './key.js';
import { ABSENT, type Members } from './packed-members.js';
import { type DictPage, PAGE_BYTES, UNPLACED, unpack } from './page.js';
import type { Pages } from './pages.js';
import { Kind, Reference, type Stored } from './stored.js';
import { weigh } from './weigh.js';

/** An inner page on the way to a leaf, and which child was taken. */
interface Step {
  readonly page: DictPage;
  readonly child: number;
}

/**
 * Dictionaries and sets are B+-trees: one page while they fit, then leaves of members under inner pages of the keys
 * at which children begin. A page goes when it is empty, and not earlier: dictionaries that shrink grow again.
 */
export class DictTree {
  readonly #pages: Pages;

  constructor(pages: Pages) {
    this.#pages = pages;
  }

  get(root: DictPage, key: EncodedKey): Stored | typeof ABSENT {
    const { packed, keys, values } = this.#leaf(root, key);
    if (packed !== undefined) return packed.get(key);
    const at = search(keys, key);
    return keys[at] === key ? values[at] : ABSENT;
  }

  /** @returns what was there. */
  set(root: DictPage, key: EncodedKey, stored: Stored): Stored | typeof ABSENT {
    const leaf = this.#leaf(root, key);
    unpack(leaf);
    const at = search(leaf.keys, key);
    const weight = weightOf(leaf) + weigh(stored);
    let before: Stored | typeof ABSENT = ABSENT;
    if (leaf.keys[at] === key) {
      before = leaf.values[at];
      leaf.weight = weight - weigh(before);
      if (leaf.kind !== Kind.Set) leaf.values[at] = stored;
    } else {
      unshape(leaf);
      leaf.weight = weight + weighKey(key);
      insert(leaf.keys, at, key);
      if (leaf.kind !== Kind.Set) insert(leaf.values, at, stored);
      this.#count(root, leaf, 1);
    }
    if (leaf.weight > PAGE_BYTES) this.#split(root, key, leaf, at === leaf.keys.length - 1);
    else this.#pages.change(leaf);
    return before;
  }

  /** @returns what was there. */
  delete(root: DictPage, key: EncodedKey): Stored | typeof ABSENT {
    const leaf = this.#leaf(root, key);
    if (leaf.packed?.get(key) === ABSENT) return ABSENT;
    unpack(leaf);
    const at = search(leaf.keys, key);
    if (leaf.keys[at] !== key) return ABSENT;
    const before = leaf.values[at];
    unshape(leaf);
    leaf.keys.splice(at, 1);
    if (leaf.kind !== Kind.Set) leaf.values.splice(at, 1);
    leaf.weight = -1;
    this.#count(root, leaf, -1);
    this.#pages.change(leaf);
    if (leaf !== root && leaf.keys.length === 0) this.#removeEmpty(root, key, leaf);
    return before;
  }

  /** The members after a key, or the first ones, so many at most. */
  after(root: DictPage, key: EncodedKey | undefined, limit: number): Members {
    const keys: EncodedKey[] = [];
    const values: Stored[] = [];
    for (
      let from: EncodedKey | undefined = key ?? '';
      from !== undefined && keys.length < limit;
    ) {
      const { leaf, end } = this.#leafAndEnd(root, from);
      const members = leaf.packed?.members() ?? leaf;
      let at = search(members.keys, from);
      if (members.keys[at] === key) at++;
      const stop = Math.min(members.keys.length, at + limit - keys.length);
      for (; at < stop; at++) {
        keys.push(members.keys[at] as EncodedKey);
        if (leaf.kind !== Kind.Set) values.push(members.values[at]);
      }
      from = end;
    }
    return { keys, values };
  }

  /** Takes all members out. @returns what they held: members, or pages below the root. */
  clear(root: DictPage): readonly Stored[] {
    unpack(root);
    const { kind, height, values, children } = root;
    const empty = { size: 0, height: 0, keys: [], values: [], children: [], shape: undefined };
    Object.assign(root, empty, { recent: undefined, weight: 0 });
    this.#pages.change(root);
    return height === 0 ? values : children.map((id) => new Reference(kind, id));
  }

  #leaf(root: DictPage, key: EncodedKey): DictPage {
    let page = root;
    while (page.height > 0) page = this.#child(page, childOf(page.keys, key));
    return page;
  }

  /** The leaf of a key, and the key at which the next one begins, if there is a next one. */
  #leafAndEnd(root: DictPage, key: EncodedKey): { leaf: DictPage; end: EncodedKey | undefined } {
    let leaf = root;
    let end: EncodedKey | undefined;
    while (leaf.height > 0) {
      const child = childOf(leaf.keys, key);
      end = leaf.keys[child + 1] ?? end;
      leaf = this.#child(leaf, child);
    }
    return { leaf, end };
  }

  #child({ kind, height, children }: DictPage, child: number): DictPage {
    const id = children[child] as number;
    const found = this.#pages.get(id);
    if (found?.kind !== kind || found.height !== height - 1)
      throw new CorruptError(`a dictionary of the map lacks its page ${id}`);
    return found as DictPage;
  }

  /** The inner pages from the root to a key's leaf. */
  #path(root: DictPage, key: EncodedKey): Step[] {
    const path: Step[] = [];
    for (let page = root; ; ) {
      const child = childOf(page.keys, key);
      path.push({ page, child });
      if (page.height === 1) return path;
      page = this.#child(page, child);
    }
  }

  #count(root: DictPage, leaf: DictPage, by: number): void {
    leaf.size += by;
    if (leaf === root) return;
    root.size += by;
    this.#pages.change(root);
  }

  /**
   * Splits a leaf, and what becomes too large above it.
   *
   * @param dense whether to fill the pages: where keys come in their order. Elsewhere halves leave room for more.
   */
  #split(root: DictPage, key: EncodedKey, leaf: DictPage, dense: boolean): void {
    const path = leaf === root ? [] : this.#path(root, key);
    let page = leaf;
    let parts = split(page, dense);
    for (let depth = path.length - 1; parts.length > 1; depth--) {
      if (depth < 0) {
        this.#grow(page, parts);
        return;
      }
      const { page: parent, child } = path[depth] as Step;
      const [first, ...added] = parts;
      Object.assign(page, first?.contents);
      this.#pages.change(page);
      parent.keys.splice(child + 1, 0, ...added.map(({ begin }) => begin));
      parent.children.splice(child + 1, 0, ...added.map((part) => this.#new(root, part)));
      parent.weight = -1;
      this.#pages.change(parent);
      page = parent;
      parts = weightOf(page) > PAGE_BYTES ? split(page, dense) : [];
    }
    this.#pages.change(page);
  }

  /** A root keeps its number: what it held goes into new pages below it. */
  #grow(root: DictPage, parts: readonly Part[]): void {
    if (root.id === UNPLACED) this.#pages.settle(root);
    root.children = parts.map((part) => this.#new(root, part));
    root.keys = parts.map(({ begin }) => begin);
    root.values = [];
    root.weight = -1;
    root.height++;
    this.#pages.change(root);
  }

  /** Makes a page of a part. @returns its number. */
  #new({ kind }: DictPage, { contents }: Part): number {
    const page = Object.assign(this.#pages.newDict(kind), contents);
    this.#pages.change(page);
    return page.id;
  }

  #removeEmpty(root: DictPage, key: EncodedKey, leaf: DictPage): void {
    const path = this.#path(root, key);
    let empty = leaf;
    for (let depth = path.length - 1; depth >= 0; depth--) {
      const { page: parent, child } = path[depth] as Step;
      this.#pages.remove(empty);
      parent.children.splice(child, 1);
      parent.keys.splice(child, 1);
      parent.weight = -1;
      this.#pages.change(parent);
      if (parent.children.length > 0) break;
      empty = parent;
    }
    this.#shorten(root);
  }

  /** A root with one child takes that one's place; one with none is an empty leaf. */
  #shorten(root: DictPage): void {
    while (root.height > 0 && root.children.length <= 1) {
      if (root.children.length === 0) root.height = 0;
      else {
        const only = this.#child(root, 0);
        unpack(only);
        const { height, keys, values, children } = only;
        Object.assign(root, { height, keys, values, children, weight: -1 });
        this.#pages.remove(only);
      }
      this.#pages.change(root);
    }
  }
}
