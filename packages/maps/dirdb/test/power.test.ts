import { describe, expect, it } from '@jest/globals';
import { DirDBDirectory } from '../src/index.js';
import { Disk } from './disk.js';
import { directory } from './place.js';
import { prepare, put, randomFrom, type State, stateOf } from './states.js';

/** More of them with `SPILLWAY_SOAK=1`. */
const SEEDS = process.env.SPILLWAY_SOAK ? 2000 : 60;

describe('a power cut', () => {
  it('leaves what was acknowledged, or what came next, data and metadata of one write', async () => {
    let lost = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const random = randomFrom(seed * 7919);
      const path = directory();
      let disk = new Disk();
      let db = await prepare(path, disk);
      let acknowledged = 1;
      let called = 1;
      let number = 1;
      // Several cuts, so that what comes back after one meets with what was written since.
      for (let cut = 0; cut < 3; cut++) {
        disk.killAt = disk.changes + 1 + Math.floor(random() * 80);
        try {
          for (;;) {
            const isDeleted = random() < 0.3;
            called = isDeleted ? 0 : ++number;
            await (isDeleted ? db.delete('foo') : put(db, called));
            acknowledged = called;
          }
        } catch {
          disk.cutPower(random);
        }
        const found = await stateOf(path);
        expect({ seed, cut, found: [acknowledged, called].includes(found) }).toEqual({
          seed,
          cut,
          found: true,
        });
        if (found !== called) lost++;
        acknowledged = called = found;
        disk = new Disk();
        db = new DirDBDirectory<unknown, State>(path, { lockTimeout: 5000 }, disk);
      }
    }
    expect(lost).toBeGreaterThan(SEEDS / 4);
  });

  it('leaves entries in folders that are new, and renamed ones, once that was acknowledged', async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const random = randomFrom(seed * 104_729);
      const path = directory();
      const disk = new Disk();
      const db = await prepare(path, disk);
      await put(db, 2, 'new/folder/a');
      await db.entry('foo').rename('renamed/there');
      disk.cutPower(random);
      expect(await stateOf(path, 'new/folder/a')).toBe(2);
      expect(await stateOf(path, 'renamed/there')).toBe(1);
      expect(await stateOf(path, 'foo')).toBe(0);
    }
  });
});
