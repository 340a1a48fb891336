import { describe, expect, it } from '@jest/globals';
import { StorageError } from '@spillway/core';
import { Disk } from './disk.js';
import { directory, filesIn } from './place.js';
import { dataOf, prepare, put, stateOf } from './states.js';

describe('a disk', () => {
  it('that is full is an error, the old stays, and there is a second chance', async () => {
    const path = directory();
    const disk = new Disk();
    const db = await prepare(path, disk);
    disk.room = 100;
    const large = new Float64Array(1000);
    const failed = db.entry('foo').putData(large, { meta: { n: 2 } });
    await expect(failed).rejects.toMatchObject({
      code: 'ENOSPC',
      key: 'foo',
      path: `${path}/foo.npy`,
      wanted: 8128,
      free: expect.any(Number),
    });
    await expect(failed).rejects.toThrow(StorageError);
    expect(await stateOf(path)).toEqual({ data: 1, meta: 1 });
    expect(filesIn(path).filter((file) => file.startsWith('%'))).toEqual([]);
    disk.room = Number.POSITIVE_INFINITY;
    await put(db, 2);
    expect(await stateOf(path)).toEqual({ data: 2, meta: 2 });
  });

  it('that writes a few bytes at a time is written to all the same', async () => {
    const path = directory();
    const disk = new Disk();
    const db = await prepare(path, disk);
    disk.most = 7;
    await put(db, 2);
    await put(db, 3);
    expect(await stateOf(path)).toEqual({ data: 3, meta: 3 });
  });

  it('that fails to synchronise at any step is an error, and leaves the old or the new', async () => {
    const found = new Set<number>();
    for (let failsAt = 1; ; failsAt++) {
      const path = directory();
      const disk = new Disk();
      const db = await prepare(path, disk);
      disk.syncFailsAt = failsAt;
      const outcome = await put(db, 2).then(
        () => 'done',
        (error: unknown) => error,
      );
      disk.syncFailsAt = Number.POSITIVE_INFINITY;
      const { data, meta } = await stateOf(path);
      expect(data).toBe(meta);
      found.add(data);
      if (outcome === 'done') break;
      expect(outcome).toMatchObject({ code: 'EIO', message: expect.stringContaining(path) });
      // The same handle goes on, also with what was decided and not done.
      await db.entry('foo').putData(dataOf(3));
      await put(db, 4);
      expect(await stateOf(path)).toEqual({ data: 4, meta: 4 });
      expect(filesIn(path).filter((file) => file.startsWith('%'))).toEqual([]);
    }
    expect(found).toEqual(new Set([1, 2]));
  });

  it('that fails under a lock lets the same lock go on', async () => {
    for (let failsAt = 1, done = false; !done; failsAt++) {
      const path = directory();
      const disk = new Disk();
      const db = await prepare(path, disk);
      const entry = await db.lock('foo');
      disk.syncFailsAt = failsAt;
      done = await entry.putData(dataOf(2), { meta: { n: 2 } }).then(
        () => true,
        () => false,
      );
      disk.syncFailsAt = Number.POSITIVE_INFINITY;
      const data = (await entry.getData()) as ArrayLike<number>;
      expect(data[0]).toBe((await entry.readMeta())?.n);
      await entry.putData(dataOf(3), { meta: { n: 3 } });
      await entry.unlock();
      expect(await stateOf(path)).toEqual({ data: 3, meta: 3 });
    }
  });
});
