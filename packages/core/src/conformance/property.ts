import fc from 'fast-check';

/** The seed of every property unless `SPILLWAY_SEED` gives another; `random` takes a new one each time. */
const DEFAULT_SEED = 20_251_121;

/**
 * Checks that `property` holds for `runs` values. A failure's message names the seed, the path and the
 * smallest value that fails; `SPILLWAY_SEED=<seed>` runs the same again, `SPILLWAY_RUNS=<n>` more of them.
 */
export async function checkProperty<T>(
  runs: number,
  values: fc.Arbitrary<T>,
  property: (value: T) => Promise<void>,
): Promise<void> {
  const { SPILLWAY_SEED: seed, SPILLWAY_RUNS: more } = process.env;
  await fc.assert(fc.asyncProperty(values, property), {
    numRuns: more === undefined ? runs : Number(more),
    ...(seed !== 'random' && { seed: seed === undefined ? DEFAULT_SEED : Number(seed) }),
  });
}
