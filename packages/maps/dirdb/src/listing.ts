import { META_SUFFIX, statOf, walk } from './entry-files.js';

/** Options of {@link DirDBDirectory.entries}. */
export interface EntriesOptions {
  /** By name, by the size of the data, or by when data or metadata were last written. Default `name`. */
  readonly sort?: 'name' | 'size' | 'modified';
  /** Default `asc`. */
  readonly order?: 'asc' | 'desc';
  /** The beginning of the names. */
  readonly prefix?: string;
}

/** How entries are ranked: of each file, what counts. */
const RANKS = {
  name: undefined,
  size: (root: string, path: string, isMeta: boolean) =>
    isMeta ? 0 : (statOf(root, path)?.size ?? 0),
  modified: (root: string, path: string) => statOf(root, path)?.mtimeMs ?? 0,
};

const ORDERS = { asc: 1, desc: -1 };

/** @throws {TypeError} for an option that isn't one. */
export function checkEntriesOptions({ sort = 'name', order = 'asc' }: EntriesOptions): void {
  if (!Object.hasOwn(RANKS, sort))
    throw new TypeError(`sort must be 'name', 'size' or 'modified', not ${sort}`);
  if (!Object.hasOwn(ORDERS, order))
    throw new TypeError(`order must be 'asc' or 'desc', not ${order}`);
}

/** The names of the entries of a directory, sorted. Of equal ones, the first by name comes first. */
export function listNames(
  root: string,
  { sort = 'name', order = 'asc', prefix = '' }: EntriesOptions,
): string[] {
  const rank = RANKS[sort];
  const ranks = new Map<string, number>();
  for (const { name, suffix, path } of walk(root, prefix)) {
    const own = rank?.(root, path, suffix === META_SUFFIX) ?? 0;
    ranks.set(name, Math.max(own, ranks.get(name) ?? 0));
  }
  const direction = ORDERS[order];
  const byName = direction * (sort === 'name' ? 1 : direction);
  return [...ranks]
    .sort(([a, rankA], [b, rankB]) => direction * (rankA - rankB) || byName * (a < b ? -1 : 1))
    .map(([name]) => name);
}
