/**
 * Keys in slices of about `sliceBytes`, the largest first, until `wanted` bytes are named or the keys end.
 * Sizes are compared by their powers of two: one pass, where sorting a million keys would take a second.
 */
export function* largestFirst(
  sizes: Iterable<readonly [key: string, bytes: number]>,
  wanted: number,
  sliceBytes: number,
): Generator<string[], void, void> {
  let left = wanted;
  let slice: string[] = [];
  let inSlice = 0;
  for (const bucket of byPowerOfTwo(sizes)) {
    for (const [key, bytes] of bucket) {
      if (left <= 0) break;
      slice.push(key);
      inSlice += bytes;
      left -= bytes;
      if (inSlice < sliceBytes) continue;
      yield slice;
      slice = [];
      inSlice = 0;
    }
  }
  if (slice.length > 0) yield slice;
}

/** The largest bucket first. */
function byPowerOfTwo<E extends readonly [key: string, bytes: number]>(sizes: Iterable<E>): E[][] {
  const buckets: E[][] = Array.from({ length: 54 }, () => []);
  for (const entry of sizes) (buckets[53 - Math.ceil(Math.log2(entry[1] + 1))] as E[]).push(entry);
  return buckets;
}
