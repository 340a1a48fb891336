import { CorruptError } from '@spillway/core';
import { FAN_OUT, type ListPage, PAGE_BYTES } from './page.js';
import type { Pages } from './pages.js';
import { cutRuns } from './runs.js';
import { Kind, type Stored } from './stored.js';
import { weigh } from './weigh.js';

/** A leaf, and the index of its first member within the list. */
export interface Leaf {
  readonly page: ListPage;
  readonly first: number;
}

/** The way from a list to a leaf: each page on it and which child was taken. */
interface Step {
  readonly page: ListPage;
  readonly child: number;
}

/**
 * Lists are counted B+-trees: leaves hold members, inner pages the number of members below each child. So a place
 * is found from the top by adding counts, and an insertion anywhere changes one leaf and the counts above it.
 */
export class ListTree {
  readonly #pages: Pages;

  constructor(pages: Pages) {
    this.#pages = pages;
  }

  length(root: ListPage): number {
    return root.height === 0 ? root.values.length : sum(root.counts);
  }

  /** The leaf in which the member at `index` is. */
  leaf(root: ListPage, index: number): Leaf {
    let page = root;
    let first = 0;
    while (page.height > 0) {
      let child = 0;
      while (index >= first + (page.counts[child] as number))
        first += page.counts[child++] as number;
      page = this.#child(page, child);
    }
    return { page, first };
  }

  /** The member at `index`, which is there. */
  at(root: ListPage, index: number): Stored {
    const { page, first } = this.leaf(root, index);
    return page.values[index - first];
  }

  /** Puts another member at `index`. @returns the one that was there. */
  replace(root: ListPage, index: number, stored: Stored): Stored {
    const { path, leaf, first } = this.#path(root, index);
    const values = toArray(leaf);
    const before = values[index - first];
    leaf.weight = weightOf(leaf) + weigh(stored) - weigh(before);
    values[index - first] = stored;
    if (leaf.weight > PAGE_BYTES) this.#split(path, leaf, false);
    else this.#pages.change(leaf);
    return before;
  }

  /** Puts members before the one at `index`, or at the end. */
  insert(root: ListPage, index: number, members: readonly Stored[]): void {
    for (let done = 0; done < members.length; done += AT_ONCE) {
      const { path, leaf, first } = this.#path(root, index + done);
      const some = members.slice(done, done + AT_ONCE);
      const values = toArray(leaf);
      const atEnd = index + done - first === values.length;
      leaf.weight = weightOf(leaf) + weightOfAll(some);
      values.splice(index + done - first, 0, ...some);
      this.#count(path, some.length);
      if (leaf.weight > PAGE_BYTES) this.#split(path, leaf, atEnd);
      else this.#pages.change(leaf);
    }
  }

  /** Takes members out. @returns some of them, from `index` on: as many as were in one leaf. */
  removeSome(root: ListPage, index: number, most: number): Stored[] {
    const { path, leaf, first } = this.#path(root, index);
    const removed = toArray(leaf).splice(index - first, most);
    leaf.weight = -1;
    this.#count(path, -removed.length);
    this.#pages.change(leaf);
    const parent = path.at(-1);
    if (parent !== undefined && leaf.values.length === 0) this.#removeEmpty(path, leaf);
    else if (parent !== undefined && weightOf(leaf) < PAGE_BYTES / 4) this.#merge(parent, leaf);
    this.#shorten(root);
    return removed;
  }

  #child(page: ListPage, child: number): ListPage {
    const id = page.children[child] as number;
    const found = this.#pages.get(id);
    if (found?.kind !== Kind.List) throw new CorruptError(`a list of the map lacks its page ${id}`);
    return found;
  }

  #path(root: ListPage, index: number): { path: Step[]; leaf: ListPage; first: number } {
    const path: Step[] = [];
    let page = root;
    let first = 0;
    while (page.height > 0) {
      let child = 0;
      const last = page.children.length - 1;
      while (child < last && index >= first + (page.counts[child] as number))
        first += page.counts[child++] as number;
      path.push({ page, child });
      page = this.#child(page, child);
    }
    return { path, leaf: page, first };
  }

  #count(path: readonly Step[], by: number): void {
    for (const { page, child } of path) {
      page.counts[child] = (page.counts[child] as number) + by;
      this.#pages.change(page);
    }
  }

  /**
   * Splits a leaf, and what becomes too large above it.
   *
   * @param dense whether to fill the pages: where a list grows at its end. Elsewhere halves leave room for more.
   */
  #split(path: readonly Step[], leaf: ListPage, dense: boolean): void {
    let page = leaf;
    let parts = splitLeaf(leaf, dense);
    for (let depth = path.length - 1; parts.length > 1; depth--) {
      if (depth < 0) {
        this.#grow(page, parts);
        return;
      }
      const { page: parent, child } = path[depth] as Step;
      const pages = parts.map((part, i) => (i === 0 ? Object.assign(page, part) : this.#new(part)));
      this.#pages.change(page);
      parent.children.splice(child, 1, ...pages.map(({ id }) => id));
      parent.counts.splice(child, 1, ...pages.map(countOf));
      this.#pages.change(parent);
      page = parent;
      parts = splitInner(parent, dense);
    }
    this.#pages.change(page);
  }

  /** A root keeps its number: what it held goes into new pages below it. */
  #grow(root: ListPage, parts: readonly Part[]): void {
    const pages = parts.map((part) => this.#new(part));
    root.height++;
    root.values = [];
    root.children = pages.map(({ id }) => id);
    root.counts = pages.map(countOf);
    this.#pages.change(root);
  }

  #new(part: Part): ListPage {
    const page = Object.assign(this.#pages.newList(), part);
    this.#pages.change(page);
    return page;
  }

  /** Puts a light leaf and its neighbour into one page if they fit. */
  #merge({ page: parent, child }: Step, leaf: ListPage): void {
    const left = child > 0 ? child - 1 : child;
    if (left + 1 >= parent.children.length) return;
    const first = child > 0 ? this.#child(parent, left) : leaf;
    const second = child > 0 ? leaf : this.#child(parent, left + 1);
    if (weightOf(first) + weightOf(second) > (PAGE_BYTES * 3) / 4) return;
    toArray(first).push(...toArray(second));
    first.weight = -1;
    this.#pages.change(first);
    this.#pages.remove(second);
    parent.children.splice(left + 1, 1);
    parent.counts.splice(left, 2, first.values.length);
    this.#pages.change(parent);
  }

  #removeEmpty(path: readonly Step[], leaf: ListPage): void {
    let empty = leaf;
    for (let depth = path.length - 1; depth >= 0; depth--) {
      const { page: parent, child } = path[depth] as Step;
      this.#pages.remove(empty);
      parent.children.splice(child, 1);
      parent.counts.splice(child, 1);
      this.#pages.change(parent);
      if (parent.children.length > 0 || depth === 0) return;
      empty = parent;
    }
  }

  /** A root with one child takes that one's place; one with none is an empty leaf. */
  #shorten(root: ListPage): void {
    while (root.height > 0 && root.children.length <= 1) {
      if (root.children.length === 0) {
        root.height = 0;
        root.values = [];
      } else {
        const child = this.#child(root, 0);
        const { height, values, children, counts } = child;
        Object.assign(root, { height, values, children, counts, weight: -1 });
        this.#pages.remove(child);
      }
      this.#pages.change(root);
    }
  }
}

/** Members that are inserted into one leaf before it is split. */
const AT_ONCE = 512;

/** What goes into one page when one is split. */
type Part = Pick<ListPage, 'height' | 'values' | 'children' | 'counts' | 'weight'>;

const sum = (counts: readonly number[]): number => {
  let total = 0;
  for (const some of counts) total += some;
  return total;
};

const countOf = ({ height, values, counts }: ListPage): number =>
  height === 0 ? values.length : sum(counts);

const weightOfAll = (members: readonly Stored[]): number => {
  let weight = 0;
  for (const member of members) weight += weigh(member);
  return weight;
};

function weightOf(leaf: ListPage): number {
  if (leaf.weight < 0)
    leaf.weight = Array.isArray(leaf.values)
      ? weightOfAll(leaf.values)
      : leaf.values.length * weigh(0);
  return leaf.weight;
}

function toArray(leaf: ListPage): Stored[] {
  if (!Array.isArray(leaf.values)) leaf.values = Array.from<Stored>(leaf.values);
  return leaf.values;
}

function splitLeaf(leaf: ListPage, dense: boolean): Part[] {
  const values = toArray(leaf);
  return cutRuns(values.map(weigh), weightOf(leaf), dense, 1).map(({ from, to, weight }) => ({
    height: 0,
    values: values.slice(from, to),
    children: [],
    counts: [],
    weight,
  }));
}

function splitInner({ height, children, counts }: ListPage, dense: boolean): Part[] {
  const pages = Math.ceil(children.length / FAN_OUT);
  const size = dense ? FAN_OUT : Math.ceil(children.length / pages);
  const parts: Part[] = [];
  for (let from = 0; from < children.length; from += size) {
    const [ids, sizes] = [children.slice(from, from + size), counts.slice(from, from + size)];
    parts.push({ height, values: [], children: ids, counts: sizes, weight: -1 });
  }
  return parts;
}
