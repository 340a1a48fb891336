import { describe, expect, it } from '@jest/globals';
import { StorageError } from '@spillway/core';
import { Log } from '../src/index.js';
import { batch, batchesIn } from './batches.js';
import { Disk } from './disk.js';
import { directory, letGo, open } from './place.js';

describe('a full disk', () => {
  it('is a StorageError at any byte; what was written stays, and the batch can be repeated', async () => {
    for (let room = 0; room < 1500; room += 13) {
      const path = directory();
      const disk = new Disk();
      const log = open(path, disk, { segmentBytes: 600 });
      const beside = Log(path);
      await log.append(batch(1, 0));
      disk.room = room;
      let number = 1;
      let failed: unknown;
      while (failed === undefined && number < 20) {
        failed = await log.append(batch(1, number)).catch((error: unknown) => error);
        if (failed === undefined) number++;
      }
      expect(failed).toBeInstanceOf(StorageError);
      expect(failed).toMatchObject({ code: 'ENOSPC', path: expect.stringContaining(path) });
      expect({ room, found: await batchesIn(beside, 1) }).toEqual({ room, found: number });
      expect(await batchesIn(log, 1)).toBe(number);
      disk.room = Number.POSITIVE_INFINITY;
      await log.append(batch(1, number));
      expect(await batchesIn(beside, 1)).toBe(number + 1);
      await log.close();
      expect(await beside.verify()).toEqual([]);
      await beside.close();
    }
  });

  it('fails those of many appends that have no room, in their order', async () => {
    const disk = new Disk();
    const log = open(directory(), disk);
    await log.append(batch(1, 0));
    disk.room = 3_000_000;
    const large = log.append({ large: new Uint8Array(2_000_000) });
    const appended = [1, 2, 3, 4, 5, 6, 7, 8].map((number) =>
      log.append(batch(1, number, 100_000)),
    );
    await large;
    const results = (await Promise.allSettled(appended)).map(({ status }) => status);
    const accepted = results.indexOf('rejected');
    expect(accepted).toBeGreaterThan(0);
    expect(results.slice(accepted)).not.toContain('fulfilled');
    expect(await batchesIn(log, 1)).toBe(accepted + 1);
    disk.room = Number.POSITIVE_INFINITY;
    await log.close();
  });

  it('lets deletes and drops fail whole', async () => {
    const disk = new Disk();
    const log = open(directory(), disk);
    await log.append(batch(1, 0));
    for (const change of [
      () => log.delete('a'),
      () => log.set({ a: new Uint8Array(1) }),
      () => log.pop('a'),
      () => log.drop(),
    ]) {
      disk.room = 4;
      await expect(change()).rejects.toMatchObject({ code: 'ENOSPC' });
      expect(await batchesIn(log, 1)).toBe(1);
      disk.room = Number.POSITIVE_INFINITY;
      expect(await batchesIn(log, 1)).toBe(1);
    }
    await log.append(batch(1, 1));
    expect(await batchesIn(log, 1)).toBe(2);
    await log.close();
  });

  it('leaves a log as it is that would be compacted', async () => {
    const disk = new Disk();
    const path = directory();
    const log = open(path, disk, { segmentBytes: 2000 });
    for (let i = 0; i < 10; i++) {
      await log.append(batch(1, i));
      await log.set({ often: new Uint8Array(500).fill(i) });
    }
    disk.room = 700;
    await expect(log.compact()).rejects.toMatchObject({ code: 'ENOSPC' });
    disk.room = Number.POSITIVE_INFINITY;
    expect(await batchesIn(log, 1)).toBe(10);
    expect(await log.get('often')).toEqual(new Uint8Array(500).fill(9));
    await log.compact();
    expect(await batchesIn(log, 1)).toBe(10);
    await log.close();
  });
});

describe('what a failed write left', () => {
  it('is not there after a smaller one', async () => {
    const disk = new Disk();
    const path = directory();
    const log = open(path, disk);
    await log.append(batch(1, 0));
    disk.room = 1000;
    await expect(log.append(batch(1, 1, 700))).rejects.toMatchObject({ code: 'ENOSPC' });
    disk.room = Number.POSITIVE_INFINITY;
    await log.append(batch(1, 1, 20));
    const after = Log(path);
    expect(await batchesIn(after, 1)).toBe(2);
    expect(await after.verify()).toEqual([]);
    await after.close();
    await letGo(log);
  });
});

describe('a disk that writes short', () => {
  it('gets the rest in further writes', async () => {
    const disk = new Disk();
    disk.most = 7;
    const path = directory();
    const log = open(path, disk, { segmentBytes: 2000 });
    for (let i = 0; i < 10; i++) await log.append(batch(1, i));
    await log.set({ b: new Uint8Array(100) });
    await log.compact();
    await log.close();
    const after = Log(path);
    expect(await after.get('b')).toEqual(new Uint8Array(100));
    expect(await after.verify()).toEqual([]);
    await after.close();
  });
});

describe('a failed write that can not be taken back', () => {
  it('ends its segment; the next batch goes to another', async () => {
    const disk = new Disk();
    const path = directory();
    const log = open(path, disk);
    await log.append(batch(1, 0));
    disk.room = 1000;
    disk.truncateFails = true;
    await expect(log.append(batch(1, 1, 900))).rejects.toMatchObject({ code: 'ENOSPC' });
    disk.room = Number.POSITIVE_INFINITY;
    // Smaller than what is left, which would follow it.
    await log.append(batch(1, 1));
    expect(await batchesIn(log, 1)).toBe(2);
    await letGo(log);
    const after = Log(path);
    expect(await batchesIn(after, 1)).toBe(2);
    expect(await after.verify()).toEqual([]);
    await after.compact();
    expect(await batchesIn(after, 1)).toBe(2);
    await after.close();
  });
});

describe('a failing fsync', () => {
  it('rejects the flush, and those after it: what is lost is not told', async () => {
    const disk = new Disk();
    const path = directory();
    const log = open(path, disk);
    await log.append(batch(1, 0));
    disk.syncFails = true;
    await expect(log.flush({ durable: true })).rejects.toMatchObject({
      code: 'EIO',
      path: expect.stringContaining(path),
    });
    disk.syncFails = false;
    await log.append(batch(1, 1));
    await expect(log.flush({ durable: true })).rejects.toBeInstanceOf(StorageError);
    expect(await batchesIn(log, 1)).toBe(2);
    // Compaction writes everything anew, to the disk.
    await log.compact();
    await log.flush({ durable: true });
    expect(await batchesIn(log, 1)).toBe(2);
    await log.close();
  });
});
