import { describe, expect, it } from '@jest/globals';
import { batch, batchesIn, randomFrom } from './batches.js';
import { Disk } from './disk.js';
import { directory, letGo, open } from './place.js';

describe('a power cut', () => {
  it('leaves a beginning of the batches, and all that were flushed durably', async () => {
    let lost = 0;
    for (let seed = 1; seed <= 60; seed++) {
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
      const again = new Disk();
      again.run = '2'.repeat(32);
      const after = open(path, again);
      const found = await batchesIn(after, 1);
      expect({ seed, found: found >= durable && found <= written }).toEqual({ seed, found: true });
      lost += written - found;
      // What comes now comes after.
      for (let number = found; number < found + 5; number++) await after.append(batch(1, number));
      expect(await batchesIn(after, 1)).toBe(found + 5);
      expect(await after.verify()).toEqual([]);
      await after.close();
    }
    expect(lost).toBeGreaterThan(0);
  });
});
