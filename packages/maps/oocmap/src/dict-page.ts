import type { EncodedKey } from './key.js';
import type { DictPage } from './page.js';
import { cutRuns } from './runs.js';
import { weigh } from './weigh.js';

/** What goes into one page when one is split, and the key at which it begins. */
export interface Part {
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

/**
 * What becomes of a page that is too large.
 *
 * @param dense whether to fill the parts, and not to halve it.
 */
export function split(page: DictPage, dense: boolean): Part[] {
  const { height, keys, values, children } = page;
  const weights = keys.map((_, at) => weighEntry(page, at));
  const fewest = height === 0 ? 1 : FEWEST_CHILDREN;
  return cutRuns(weights, weightOf(page), dense, fewest).map(({ from, to, weight }) => ({
    begin: (height === 0 ? between(keys[from - 1] ?? '', keys[from]) : keys[from]) as EncodedKey,
    contents: {
      height,
      size: to - from,
      keys: keys.slice(from, to),
      values: values.slice(from, to),
      children: children.slice(from, to),
      shape: undefined,
      weight,
    },
  }));
}

/** The shortest key that comes after one and not after the next one. */
function between(before: EncodedKey, next: EncodedKey = ''): EncodedKey {
  let same = 0;
  while (same < before.length && before[same] === next[same]) same++;
  return next.slice(0, same + 1);
}

/** The child in which a key is, or would be: the last one that begins at it or before. */
export function childOf(begins: readonly EncodedKey[], key: EncodedKey): number {
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
export function search(keys: readonly EncodedKey[], key: EncodedKey): number {
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

/** Puts a member where it belongs. */
export function insert<T>(array: T[], at: number, member: T): void {
  if (at === array.length) array.push(member);
  else array.splice(at, 0, member);
}

/** Sees to it that a page's keys are its own: those of a shape are not to be changed. */
export function unshape(page: DictPage): void {
  if (page.shape === undefined) return;
  page.keys = [...page.keys];
  page.shape = undefined;
}

/** Bytes that a key takes in a page. */
export const weighKey = (key: EncodedKey): number => key.length + 2;

const weighEntry = ({ height, keys, values }: DictPage, at: number): number =>
  weighKey(keys[at] as EncodedKey) + (height > 0 ? CHILD_BYTES : weigh(values[at]));

/** Bytes that a page takes, at most. */
export function weightOf(page: DictPage): number {
  if (page.weight < 0) {
    page.weight = 0;
    for (let at = 0; at < page.keys.length; at++) page.weight += weighEntry(page, at);
  }
  return page.weight;
}
