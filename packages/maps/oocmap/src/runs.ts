import { PAGE_BYTES } from './page.js';

/** Entries that go into one page, `to` not among them, and what they take. */
export interface Run {
  readonly from: number;
  readonly to: number;
  readonly weight: number;
}

/**
 * Cuts the entries of a page that is too large into runs, in their order.
 *
 * @param weights what each entry takes. @param total what all of them take.
 * @param dense whether to fill pages, and not to make them alike. @param fewest entries of a run, but for the last.
 */
export function cutRuns(
  weights: readonly number[],
  total: number,
  dense: boolean,
  fewest: number,
): Run[] {
  const target = dense ? PAGE_BYTES : total / Math.ceil(total / PAGE_BYTES);
  const runs: Run[] = [];
  let from = 0;
  let weight = 0;
  for (const [at, more] of weights.entries()) {
    if (weight + more > target && at - from >= fewest) {
      runs.push({ from, to: at, weight });
      from = at;
      weight = 0;
    }
    weight += more;
  }
  runs.push({ from, to: weights.length, weight });
  return runs;
}
