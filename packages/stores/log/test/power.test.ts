import { describe, expect, it } from '@jest/globals';
import type { LogStore } from '../src/index.js';
import { batch, batchesIn, randomFrom } from './batches.js';
import { Disk } from './disk.js';
import { directory, letGo, open } from './place.js';

describe('a power cut', () => {
  it('leaves a beginning of the batches, and all that were flushed durably', async () => {
    let lost = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const random = randomFrom(seed * 7919);
      const path = directory();
      const disk = new Disk();
      const log = open(path, disk, { segmentBytes: 8000 });
      let written = 0;
      let durable = 0;
      for (let i = Math.floor(random() * 120); i >= 0; i--) {
        await log.append(batch(1, written++));
        if (random() > 0.1) continue;
        await log.flush({ durable: true });
        durable = written;
      }
      disk.cutPower(random);
      await letGo(log);
      const after = reopen(path);
      const found = await batchesIn(after, 1);
      expect({ seed, found: found >= durable && found <= written }).toEqual({ seed, found: true });
      lost += written - found;
      await goOn(after, found);
    }
    expect(lost).toBeGreaterThan(0);
  });

  it('between two segments leaves no hole', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = randomFrom(seed * 15_485_863);
      const path = directory();
      const disk = new Disk();
      disk.syncTime = 100;
      const log = open(path, disk, { segmentBytes: 1000 });
      for (let i = 0; i < 25; i++) await log.append(batch(1, i));
      disk.cutPower(random);
      const after = reopen(path);
      await goOn(after, await batchesIn(after, 1));
      disk.syncTime = 0;
      await letGo(log);
    }
  });

  it('during and after deletes, compactions and drops takes nothing that was flushed durably', async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = randomFrom(seed * 104_729);
      const path = directory();
      const disk = new Disk();
      const log = open(path, disk, { segmentBytes: 3000 });
      for (let i = 0; i < 6; i++) {
        await log.append(batch(1, i));
        await log.append({ dead: new Uint8Array(900), [`rest ${i}`]: new Uint8Array(20).fill(i) });
      }
      await log.flush({ durable: true });
      await log.delete('dead');
      const dropped = seed % 3 === 0;
      const work = seed % 3 === 1 ? log.compact() : dropped ? log.drop() : log.set({ own: bytes });
      disk.killAt = disk.changes + 1 + Math.floor(random() * 60);
      await work.catch(() => {});
      disk.cutPower(random);
      await letGo(log);
      const after = reopen(path);
      const found = await batchesIn(after, 1);
      // A drop takes all or nothing.
      const expected = dropped && found === 0 ? 0 : 6;
      expect({ seed, found }).toEqual({ seed, found: expected });
      const rest = await after.get(Array.from({ length: 6 }, (_, i) => `rest ${i}`));
      expect(rest.map(({ length }) => length)).toEqual(new Array(6).fill(expected === 6 ? 20 : 0));
      await goOn(after, found);
    }
  });

  it('after a failed fsync leaves a beginning, though the next fsync seemed to succeed', async () => {
    const path = directory();
    const disk = new Disk();
    const log = open(path, disk);
    await log.append(batch(1, 0));
    await log.flush({ durable: true });
    await log.append(batch(1, 1));
    disk.syncFails = true;
    await expect(log.flush({ durable: true })).rejects.toMatchObject({ code: 'EIO' });
    disk.syncFails = false;
    await log.append(batch(1, 2));
    await expect(log.flush({ durable: true })).rejects.toMatchObject({ code: 'EIO' });
    await log.append(batch(1, 3));
    // Nothing is cut off, but what was given up.
    disk.cutPower(() => 0.999_999);
    await letGo(log);
    const after = reopen(path);
    expect(await batchesIn(after, 1)).toBe(1);
    await goOn(after, 1);
  });

  it('and a clock that begins anew leave the order of what is written then', async () => {
    const path = directory();
    const log = open(path);
    await log.append({ a: Uint8Array.of(1) });
    await log.append({ a: Uint8Array.of(2) });
    await log.close();
    const after = reopen(path);
    await after.append({ a: Uint8Array.of(3) });
    const beside = reopen(path);
    await beside.append({ a: Uint8Array.of(4) });
    await after.set({ b: Uint8Array.of(5) });
    await beside.append({ b: Uint8Array.of(6) });
    await after.close();
    await beside.close();
    const last = reopen(path);
    expect(await last.get('a')).toEqual(Uint8Array.of(1, 2, 3, 4));
    expect(await last.get('b')).toEqual(Uint8Array.of(5, 6));
    await last.close();
  });

  it('that leaves zeros where a segment was begun leaves the rest', async () => {
    const path = directory();
    const disk = new Disk();
    const log = open(path, disk, { segmentBytes: 500 });
    await log.append(batch(1, 0));
    await log.flush({ durable: true });
    for (let i = 1; i < 8; i++) await log.append(batch(1, i));
    // Every number is small enough that each page not on the disk is zeros, and no change is lost.
    disk.cutPower(() => 0.19);
    await letGo(log);
    const after = reopen(path);
    const found = await batchesIn(after, 1);
    expect(found).toBeGreaterThan(0);
    await goOn(after, found);
  });
});

const bytes = new Uint8Array(100);

/** Opens a log in the next run of the system, whose clock begins anew. */
function reopen(path: string): LogStore {
  const disk = new Disk();
  disk.run = '2'.repeat(32);
  disk.clockBehind = Math.floor(disk.clock()[0] / 2);
  return open(path, disk);
}

/** What comes now comes after, and all is whole. */
async function goOn(log: LogStore, found: number): Promise<void> {
  for (let number = found; number < found + 3; number++) await log.append(batch(1, number));
  expect(await batchesIn(log, 1)).toBe(found + 3);
  expect(await log.verify()).toEqual([]);
  await log.close();
}
