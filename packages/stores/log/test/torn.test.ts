import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { CorruptError } from '@spillway/core';
import { Log } from '../src/index.js';
import { batch, batchesIn } from './batches.js';
import { copyOf, smallLog } from './place.js';

describe('a log cut at any byte', () => {
  it('whose writer died holds the whole batches before the cut, and goes on', async () => {
    const { path, name, bytes, ends } = await smallLog(3, false);
    for (let length = 0; length <= bytes.length; length++) {
      const copy = copyOf(path);
      truncateSync(join(copy, name), length);
      const log = Log(copy);
      const whole = ends.filter((end) => end <= length).length;
      expect({ length, batches: await batchesIn(log, 1) }).toEqual({ length, batches: whole });
      if (length % 40 === 0) {
        await log.append(batch(2, 0));
        expect(await batchesIn(log, 2)).toBe(1);
        expect(await log.verify()).toEqual([]);
        await log.compact();
        expect(await batchesIn(log, 1)).toBe(whole);
      }
      await log.close();
    }
  });

  it('that was closed says that its end is missing; repair keeps the whole batches', async () => {
    const { path, name, bytes, ends } = await smallLog(3, true);
    for (let length = 64; length < bytes.length; length += 11) {
      const copy = copyOf(path);
      const segment = join(copy, name);
      truncateSync(segment, length);
      const log = Log(copy);
      const error = await batchesIn(log, 1).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(CorruptError);
      expect(error).toMatchObject({ path: segment, offset: length });
      expect((error as Error).message).toContain(`${segment} ends at byte ${length}`);
      const damage = {
        path: segment,
        offset: length,
        bytes: bytes.length - length,
        what: 'missing end',
      };
      expect(await log.verify()).toEqual([damage]);
      const repair = await log.repair();
      expect(repair).toEqual({
        damage: [damage],
        setAside: [join(copy, 'damaged', name)],
        lost: [],
      });
      expect(await batchesIn(log, 1)).toBe(ends.filter((end) => end <= length).length);
      expect(await log.verify()).toEqual([]);
      await log.close();
    }
  });
});
