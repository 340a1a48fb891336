import { describe, expect, it } from '@jest/globals';
import { Disk } from './disk.js';
import { directory } from './place.js';
import {
  type Db,
  dataOf,
  openOn,
  prepare,
  put,
  randomFrom,
  type State,
  stateOf,
} from './states.js';

/** More trials with `SPILLWAY_SOAK=1`. */
const TIMES = process.env.SPILLWAY_SOAK ? 10 : 1;

/** A call, and the state after it. */
type Call = (db: Db, before: State, n: number) => readonly [() => Promise<unknown>, State];

const calls: readonly Call[] = [
  (db, _, n) => [() => put(db, n), { data: n, meta: n }],
  (db, { meta }, n) => [() => db.entry('foo').putData(dataOf(n)), { data: n, meta }],
  (db, { data }, n) => [() => db.entry('foo').writeMeta({ n }), { data, meta: n }],
  (db, { data }) => [() => db.entry('foo').writeMeta(null), { data, meta: 0 }],
  (db) => [() => db.delete('foo'), { data: 0, meta: 0 }],
];

describe('a power cut', () => {
  it('leaves what was acknowledged or what came next, cut after cut', async () => {
    let lost = 0;
    for (let seed = 1; seed <= 60 * TIMES; seed++) {
      const random = randomFrom(seed * 7919);
      const path = directory();
      let acknowledged: State = { data: 0, meta: 0 };
      let number = 0;
      // Several cuts, so that what comes back after one meets with what was written since.
      for (let cut = 0; cut < 4; cut++) {
        const disk = new Disk();
        const db = openOn(path, disk);
        disk.killAt = 1 + Math.floor(random() * 60);
        let called = acknowledged;
        try {
          for (;;) {
            const call = calls[Math.floor(random() * calls.length)] as Call;
            const [work, after] = call(db, acknowledged, ++number);
            called = after;
            await work();
            acknowledged = called;
          }
        } catch {
          disk.cutPower(random);
        }
        const found = await stateOf(path);
        expect({ seed, cut, found, among: [acknowledged, called] }).toEqual({
          seed,
          cut,
          found,
          among: expect.arrayContaining([found]),
        });
        if (JSON.stringify(found) !== JSON.stringify(called)) lost++;
        acknowledged = found;
      }
    }
    expect(lost).toBeGreaterThan(60);
  });

  it.each([
    ['a new directory', (path: string, disk: Disk) => openOn(path, disk), 0],
    ['another write', prepare, 1],
  ])(
    'at any step of a put, after %s, leaves data and metadata of one write',
    async (_, open, before) => {
      for (let killAt = 1, done = false; !done; killAt++) {
        for (let seed = 1; seed <= 8 * TIMES; seed++) {
          const random = randomFrom(seed * 104_729 + killAt * 7919);
          const path = directory();
          const disk = new Disk();
          const db = await open(path, disk);
          disk.killAt = killAt;
          done = await put(db, 2).then(
            () => true,
            () => false,
          );
          disk.cutPower(random);
          const { data, meta } = await stateOf(path);
          expect({ killAt, seed, data }).toEqual({ killAt, seed, data: meta });
          expect(done ? [2] : [before, 2]).toContain(data);
        }
      }
    },
  );

  it('at any step of renaming into a new folder leaves one name', async () => {
    for (let killAt = 1, done = false; !done; killAt++) {
      for (let seed = 1; seed <= 4 * TIMES; seed++) {
        const random = randomFrom(seed * 15_485_863 + killAt * 7919);
        const path = directory();
        const disk = new Disk();
        const db = await prepare(path, disk);
        disk.killAt = killAt;
        const renamed = db.entry('foo').rename('new/folder/bar');
        done = await renamed.then(
          () => true,
          () => false,
        );
        disk.cutPower(random);
        const states = [await stateOf(path), await stateOf(path, 'new/folder/bar')];
        const [none, one] = [
          { data: 0, meta: 0 },
          { data: 1, meta: 1 },
        ];
        expect({ killAt, seed, states }).toEqual({
          killAt,
          seed,
          states: done || states[0]?.data === 0 ? [none, one] : [one, none],
        });
      }
    }
  });
});
