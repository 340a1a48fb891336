import { describe, expect, it } from '@jest/globals';
import { Disk, Killed } from './disk.js';
import { directory, filesIn } from './place.js';
import { type Db, dataOf, openOn, prepare, put, type State, stateOf } from './states.js';

const both = (n: number): State => ({ data: n, meta: n });

/** Work that a process is killed in, at each of its calls on the file system in turn, and the states after each step. */
const works: { readonly [name: string]: readonly [(db: Db) => Promise<unknown>, ...State[]] } = {
  'putting data of the same format with metadata': [(db) => put(db, 4), both(4)],
  'putting data of another format with metadata': [(db) => put(db, 2), both(2)],
  'putting data of another format': [
    (db) => db.entry('foo').putData(dataOf(2)),
    { data: 2, meta: 1 },
  ],
  'putting data and removing the metadata': [
    (db) => db.entry('foo').putData(dataOf(4), { meta: null }),
    { data: 4, meta: 0 },
  ],
  'putting twice': [(db) => put(db, 2).then(() => put(db, 3)), both(2), both(3)],
  'writing metadata': [(db) => db.entry('foo').writeMeta({ n: 2 }), { data: 1, meta: 2 }],
  deleting: [(db) => db.entry('foo').delete(), both(0)],
  'deleting and putting anew': [
    (db) =>
      db
        .entry('foo')
        .delete()
        .then(() => put(db, 2)),
    both(0),
    both(2),
  ],
  'putting and changing metadata under a lock': [
    async (db) => {
      const entry = await db.lock('foo');
      try {
        await entry.putData(dataOf(2), { meta: { n: 2 } });
        entry.meta = { n: 3 };
      } finally {
        await entry.unlock();
      }
    },
    both(2),
    { data: 2, meta: 3 },
  ],
};

describe('a process killed at any step of', () => {
  it.each(Object.entries(works))('%s leaves the old or the new', async (_, [work, ...states]) => {
    const found = new Set<string>();
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
      found.add(JSON.stringify(after));
      expect([both(1), ...states]).toContainEqual(after);
      if (outcome === 'done') {
        expect(after).toEqual(states.at(-1));
        expect(filesIn(path).filter((file) => file.startsWith('%'))).toEqual([]);
        break;
      }
      expect(outcome).toBeInstanceOf(Killed);
      await using next = openOn(path, new Disk());
      await put(next, 5);
      expect(await stateOf(path)).toEqual(both(5));
    }
    expect(found.size).toBe(1 + states.length);
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
      const [before, after] = [await stateOf(path), await stateOf(path, 'deep/bar')];
      expect([before.data + after.data, before.meta + after.meta]).toEqual([1, 1]);
      expect(after.data).toBe(after.meta);
      renamed += after.data;
      if (outcome === 'done') break;
    }
    expect(renamed).toBeGreaterThan(1);
  });
});
