import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import type { Group } from './group.js';
import type { Trial } from './trial.js';

/** A store without a path deletes what it wrote, and nothing else. */
export const temporary: Group = {
  name: 'without a path',
  needs: ['temporary'],
  everyState: false,
  cases: {
    'writes where SPILLWAY_TMPDIR says, and leaves nothing there': async (trial) => {
      const directory = await temporariesIn(trial);
      const store = await trial.temporary();
      await store.append({ a: trial.value(1), 'a/b': trial.value(2), '../../x': trial.value(3) });
      await store.flush();
      const before = await readdir(directory);
      expect(before.length).toBeGreaterThan(0);
      await trial.expectContents(store, { a: [1], 'a/b': [2], '../../x': [3] });
      await store.close();
      expect(await readdir(directory)).toEqual([]);
    },

    'leaves nothing when it was never used, was dropped or holds bytes still': async (trial) => {
      const directory = await temporariesIn(trial);
      await (await trial.temporary()).close();
      const dropped = await trial.temporary();
      await dropped.append({ a: trial.value(1) });
      await dropped.drop();
      await dropped.close();
      const full = await trial.temporary();
      await full.append({ a: trial.value(1) });
      await full.close();
      expect(await readdir(directory)).toEqual([]);
    },

    'stays out of the way of others, and of what the user has there': async (trial) => {
      const directory = await temporariesIn(trial);
      await writeFile(join(directory, 'the user has this'), 'bytes');
      await mkdir(join(directory, 'spillway of the user'));
      const [first, second] = [await trial.temporary(), await trial.temporary()];
      await first.append({ a: trial.value(1) });
      await second.append({ a: trial.value(2) });
      await first.flush();
      await second.flush();
      await first.close();
      await trial.expectContents(second, { a: [2] });
      await second.close();
      expect((await readdir(directory)).sort()).toEqual([
        'spillway of the user',
        'the user has this',
      ]);
    },

    'makes its directory where there is none yet': async (trial) => {
      const directory = join(await temporariesIn(trial), 'not', 'there', 'yet');
      process.env.SPILLWAY_TMPDIR = directory;
      const store = await trial.temporary();
      await store.append({ a: trial.value(1) });
      await store.flush();
      expect(existsSync(directory)).toBe(true);
      await trial.expectContents(store, { a: [1] });
      await store.close();
      expect(await readdir(directory)).toEqual([]);
    },
  },
};

/** Has temporary stores written to a directory of the trial's until it ends. */
async function temporariesIn<V>(trial: Trial<V>): Promise<string> {
  const directory = await trial.directory();
  const before = process.env.SPILLWAY_TMPDIR;
  process.env.SPILLWAY_TMPDIR = directory;
  trial.defer(() => {
    if (before === undefined) delete process.env.SPILLWAY_TMPDIR;
    else process.env.SPILLWAY_TMPDIR = before;
  });
  return directory;
}
