const SUFFIX = '.dtype';

/** The key beside `inner` that keeps its dtype, where Python's `partd.Numpy` has it. */
export function sideKey(inner: string): string {
  return inner + SUFFIX;
}

/**
 * The inner store's key of a user's: itself, unless it ends like a side key. Such a one gets a `_` at its end, so that
 * `a` and `a.dtype` can both be a user's keys.
 */
export function toInner(key: string): string {
  return /\.dtype_*$/.test(key) ? `${key}_` : key;
}

/** The user's key that {@link toInner} was given; `undefined` for a side key. */
export function fromInner(inner: string): string | undefined {
  if (inner.endsWith(SUFFIX)) return undefined;
  return /\.dtype_+$/.test(inner) ? inner.slice(0, -1) : inner;
}
