import { describe, expect, it } from '@jest/globals';
import { Chaos, conformanceCases, Reference } from '@spillway/core/conformance';
import { layerMutants } from './mutants/layers.js';
import { storeMutants } from './mutants/stores.js';

/** A mutant that hangs is caught by time, in milliseconds: a whole case takes a few. */
const HANGS = 1500;

describe('The conformance suite catches a store that', () => {
  it.each([...storeMutants, ...layerMutants])('$does', async ({ caughtBy, make, options }) => {
    const cases = conformanceCases(make, options);
    const own = cases.filter(({ group }) => group === caughtBy);
    expect(own.length).toBeGreaterThan(0);
    const failures: string[] = [];
    for (const { name, run } of own) {
      const outcome = await Promise.race([run().then(() => 'passed', String), hung()]);
      if (outcome === 'passed') continue;
      failures.push(`${name}: ${outcome}`);
      break;
    }
    expect(failures.length).toBe(1);
  });

  it('does none of this: the reference passes all that these are tried with', async () => {
    const tried = new Set([...storeMutants, ...layerMutants].map(({ caughtBy }) => caughtBy));
    const sound = conformanceCases(() => Reference(), { layer: Chaos, framed: true });
    const run = sound.filter(({ group }) => tried.has(group) && group !== 'frames');
    expect(new Set(run.map(({ group }) => group)).size).toBe(tried.size - 1);
    for (const one of run) await one.run();
  });
});

/** Resolves after a while; the timer keeps nothing running. */
function hung(): Promise<string> {
  return new Promise((resolve) => setTimeout(resolve, HANGS, 'it hung').unref());
}
