import { execFileSync } from 'node:child_process';
import { it } from '@jest/globals';

/** The interpreter of Debian's packages: python3-partd, python3-snappy, … */
const PYTHON = '/usr/bin/python3';

/** Runs a program in Python and gives what it prints. */
export type Python = (program: string, ...args: readonly string[]) => string;

/**
 * A case that needs Python and modules of it. Where they aren't installed, it says so and passes; with
 * `REQUIRE_PEERS=1` in the environment it fails.
 */
export function itWithPython(
  modules: readonly string[],
  name: string,
  work: (python: Python) => Promise<void>,
): void {
  it(name, async () => {
    try {
      python(`import ${modules.join(', ')}`);
    } catch (cause) {
      const missing = `${PYTHON} with the modules ${modules.join(', ')}`;
      if (process.env.REQUIRE_PEERS === '1')
        throw new Error(`this case needs ${missing}`, { cause });
      console.warn(`not run, for want of ${missing}: ${name}`);
      return;
    }
    await work(python);
  });
}

const python: Python = (program, ...args) =>
  execFileSync(PYTHON, ['-c', program, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
