import { describe, expect, it } from '@jest/globals';
import { Chaos, conformanceCases } from '@spillway/core/conformance';
import { layerMutants } from './mutants/layers.js';
import { namingMutants } from './mutants/naming.js';
import { readingMutants } from './mutants/reading.js';
import { makeShared, sharedMutants, soundShared } from './mutants/shared.js';
import { takingMutants } from './mutants/taking.js';
import { writingMutants } from './mutants/writing.js';

/** A mutant that hangs is caught by time, in milliseconds: a whole case takes a few. */
const HANGS = 1500;

const mutants = [
  ...writingMutants,
  ...readingMutants,
  ...takingMutants,
  ...namingMutants,
  ...layerMutants,
  ...sharedMutants,
];

describe('The conformance suite catches a store that', () => {
  it.each(mutants)('$does', async ({ caughtBy, make, options }) => {
    const cases = conformanceCases(make, options).filter(({ group }) => group === caughtBy);
    expect(cases.length).toBeGreaterThan(0);
    for (const { run } of cases) {
      const outcome = await Promise.race([run().then(() => 'passed', String), hung()]);
      if (outcome !== 'passed') return;
    }
    throw new Error(`${cases.length} cases of ${caughtBy} found nothing`);
  });

  it('does none of this: one without mistakes passes what the mutants fail', async () => {
    const options = { ...soundShared, layer: Chaos };
    // The groups about frames are passed by the layers of conformance.test.ts.
    const tried = new Set(
      mutants.map(({ caughtBy }) => caughtBy).filter((name) => name !== 'frames'),
    );
    const sound = conformanceCases(makeShared, options).filter(({ group }) => tried.has(group));
    expect(new Set(sound.map(({ group }) => group))).toEqual(tried);
    for (const { run } of sound) await run();
  });
});

/** Resolves after a while; the timer keeps nothing running. */
function hung(): Promise<string> {
  return new Promise((resolve) => setTimeout(resolve, HANGS, 'it hung').unref());
}
