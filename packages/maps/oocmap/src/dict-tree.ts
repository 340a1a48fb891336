import { CorruptError } from '@spillway/core';
import type { EncodedKey } from './key.js';
import { type DictPage, PAGE_BYTES, UNPLACED } from './page.js';
import type { Pages } from './pages.js';
import { Kind, Reference, type Stored } from './stored.js';
import { weigh } from './weigh.js';

/** What is given for a key that is not there: `undefined` can be a member. */
export const ABSENT = Symbol('absent');

/** Members in the order of their keys. */
export interface Members {
  readonly keys: readonly EncodedKey[];
  readonly values: readonly Stored[];
}

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
    const { keys, values } = this.#leaf(root, key);
    const at = search(keys, key);
    return keys[at] === key ? values[at] : ABSENT;
  }

  /** @returns what was there. */
  set(root: DictPage, key: EncodedKey, stored: Stored): Stored | typeof ABSENT {
    const leaf = this.#leaf(root, key);
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
      let at = search(leaf.keys, from);
      if (leaf.keys[at] === key) at++;
      const stop = Math.min(leaf.keys.length, at + limit - keys.length);
      for (; at < stop; at++) {
        keys.push(leaf.keys[at] as EncodedKey);
        if (leaf.kind !== Kind.Set) values.push(leaf.values[at]);
      }
      from = end;
    }
    return { keys, values };
  }

  /** Takes all members out. @returns what they held: members, or pages below the root. */
  clear(root: DictPage): readonly Stored[] {
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
        const { height, keys, values, children } = only;
        Object.assign(root, { height, keys, values, children, weight: -1 });
        this.#pages.remove(only);
      }
      this.#pages.change(root);
    }
  }
}

/** What goes into one page when one is split, and the key at which it begins. */
interface Part {
  readonly begin: EncodedKey;
  readonly contents: Pick<
    DictPage,
    'height' | 'size' | 'keys' | 'values' | 'children' | 'shape' | 'weight'
  >;
}

/** An inner page isn't split into ones of fewer children, however long their keys are. */
const FEWEST_CHILDREN = 8;
/** A child's number in an inner page. */
const CHILD_BYTES = 6;

function split(page: DictPage, dense: boolean): Part[] {
  const { height, keys, values, children } = page;
  const weight = weightOf(page);
  const target = dense ? PAGE_BYTES : weight / Math.ceil(weight / PAGE_BYTES);
  const fewest = height === 0 ? 1 : FEWEST_CHILDREN;
  const parts: Part[] = [];
  const cut = (from: number, to: number, weight: number) => {
    const begin = height === 0 ? between(keys[from - 1] ?? '', keys[from]) : keys[from];
    const contents = { height, size: to - from, shape: undefined, weight };
    const [own, ids] = [values.slice(from, to), children.slice(from, to)];
    parts.push({
      begin: begin as EncodedKey,
      contents: { ...contents, keys: keys.slice(from, to), values: own, children: ids },
    });
  };
  let from = 0;
  let taken = 0;
  for (let at = 0; at < keys.length; at++) {
    const more = weighEntry(page, at);
    if (taken + more > target && at - from >= fewest) {
      cut(from, at, taken);
      from = at;
      taken = 0;
    }
    taken += more;
  }
  cut(from, keys.length, taken);
  return parts;
}

/** The shortest key that comes after one and not after the next one. */
function between(before: EncodedKey, next: EncodedKey = ''): EncodedKey {
  let same = 0;
  while (same < before.length && before[same] === next[same]) same++;
  return next.slice(0, same + 1);
}

/** The child in which a key is, or would be: the last one that begins at it or before. */
function childOf(begins: readonly EncodedKey[], key: EncodedKey): number {
  const last = begins.length - 1;
  if (key >= (begins[last] as EncodedKey)) return last;
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((begins[middle] as EncodedKey) <= key) low = middle;
    else high = middle;
  }
  return low;
}

/** Where a key is among sorted ones, or would be. */
function search(keys: readonly EncodedKey[], key: EncodedKey): number {
  let high = keys.length;
  // Keys often come in their order.
  if (high === 0 || key > (keys[high - 1] as EncodedKey)) return high;
  let low = 0;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] as EncodedKey) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

function insert<T>(array: T[], at: number, member: T): void {
  if (at === array.length) array.push(member);
  else array.splice(at, 0, member);
}

/** The keys of a shape are not to be changed. */
function unshape(page: DictPage): void {
  if (page.shape === undefined) return;
  page.keys = [...page.keys];
  page.shape = undefined;
}

const weighKey = (key: EncodedKey): number => key.length + 2;

const weighEntry = ({ height, keys, values }: DictPage, at: number): number =>
  weighKey(keys[at] as EncodedKey) + (height > 0 ? CHILD_BYTES : weigh(values[at]));

function weightOf(page: DictPage): number {
  if (page.weight < 0) {
    page.weight = 0;
    for (let at = 0; at < page.keys.length; at++) page.weight += weighEntry(page, at);
  }
  return page.weight;
}
