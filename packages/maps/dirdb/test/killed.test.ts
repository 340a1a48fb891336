import { describe, expect, it } from '@jest/globals';
import { DirDBDirectory } from '../src/index.js';
import { Disk, Killed } from './disk.js';
import { directory, filesIn } from './place.js';
import { dataOf, prepare, put, type State, stateOf } from './states.js';

type Db = DirDBDirectory<unknown, State>;

/** Work that a process is killed in, at each of its calls on the file system in turn, and the states it leads through. */
const works: { readonly [name: string]: readonly [(db: Db) => Promise<unknown>, ...number[]] } = {
  'putting data of the same format with metadata': [(db) => put(db, 4), 4],
  'putting data of another format with metadata': [(db) => put(db, 2), 2],
  'putting twice': [(db) => put(db, 2).then(() => put(db, 3)), 2, 3],
  'deleting and putting anew': [
    (db) =>
      db
        .entry('foo')
        .delete()
        .then(() => put(db, 2)),
    0,
    2,
  ],
  deleting: [(db) => db.entry('foo').delete(), 0],
  'putting under a lock': [
    async (db) => {
      const entry = await db.lock('foo');
      try {
        await entry.putData(dataOf(2), { meta: { n: 2 } });
      } finally {
        await entry.unlock();
      }
    },
    2,
  ],
};

describe('a process killed at any step of', () => {
  it.each(Object.keys(works))('%s leaves the old or the new', async (name) => {
    const [work, ...states] = works[name] as (typeof works)[string];
    const found = new Set<number>();
    for (let killAt = 1; ; killAt++) {
      const path = directory();
      const disk = new Disk();
      const db = await prepare(path, disk);
      disk.killAt = killAt;
      const outcome = await work(db).then(
        () => 'done',
        (error: unknown) => error,
      );
      const after = await stateOf(path);
      found.add(after);
      expect([1, ...states]).toContain(after);
      if (outcome === 'done') {
        expect(after).toBe(states.at(-1));
        expect(filesIn(path).filter((file) => /^%(?!lock)/.test(file))).toEqual([]);
        break;
      }
      expect(outcome).toBeInstanceOf(Killed);
      await goOn(path);
    }
    expect([...found].sort()).toEqual([1, ...states].sort());
  });

  it('renaming leaves it with one name', async () => {
    let renamed = 0;
    for (let killAt = 1; ; killAt++) {
      const path = directory();
      const disk = new Disk();
      const db = await prepare(path, disk);
      disk.killAt = killAt;
      const outcome = await db
        .entry('foo')
        .rename('deep/bar')
        .then(
          () => 'done',
          () => 'killed',
        );
      const states = [await stateOf(path), await stateOf(path, 'deep/bar')];
      expect(states.sort()).toEqual([0, 1]);
      if (await stateOf(path, 'deep/bar')) renamed++;
      if (outcome === 'done') break;
    }
    expect(renamed).toBeGreaterThan(1);
  });

  it('writing metadata leaves the old or the new', async () => {
    for (let killAt = 1; ; killAt++) {
      const path = directory();
      const disk = new Disk();
      const db = await prepare(path, disk);
      disk.killAt = killAt;
      const outcome = await db
        .entry('foo')
        .writeMeta({ n: 7 })
        .then(
          () => 'done',
          () => 'killed',
        );
      await using after = new DirDBDirectory<unknown, State>(path);
      const { n } = (await after.entry('foo').readMeta()) as State;
      expect(outcome === 'done' ? [7] : [1, 7]).toContain(n);
      if (outcome === 'done') break;
    }
  });
});

/** What is done next is not in the way of what was left. */
async function goOn(path: string): Promise<void> {
  await using db = new DirDBDirectory<unknown, State>(path, {}, new Disk());
  await put(db, 5);
  expect(await stateOf(path)).toBe(5);
}
