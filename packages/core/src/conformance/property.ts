import fc from 'fast-check';
import { propertySeed } from './property-seed.js';

/**
 * Checks that `property` holds for `runs` values. A failure's message names the seed, the path and the
 * smallest value that fails; `SPILLWAY_SEED=<seed>` runs the same again, `SPILLWAY_RUNS=<n>` more of them.
 */
export async function checkProperty<T>(
  runs: number,
  values: fc.Arbitrary<T>,
  property: (value: T) => Promise<void>,
): Promise<void> {
  const { SPILLWAY_RUNS: more } = process.env;
  await fc.assert(fc.asyncProperty(values, property), {
    numRuns: more === undefined ? runs : Number(more),
    ...propertySeed(),
  });
}
