import { readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { CorruptError } from '@spillway/core';
import { Log } from '../src/index.js';
import { batch, batchesIn } from './batches.js';
import { copyOf, directory, smallLog } from './place.js';

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

describe('a segment that has lost', () => {
  it('a whole record from its middle is an error that names the place', async () => {
    const { path, name, bytes, ends } = await smallLog(3, false);
    const [first = 0, second = 0] = ends;
    const segment = join(path, name);
    writeFileSync(segment, Buffer.concat([bytes.subarray(0, first), bytes.subarray(second)]));
    const log = Log(path);
    await expect(batchesIn(log, 1)).rejects.toMatchObject({ path: segment, offset: first });
    expect(await log.verify()).toEqual([
      { path: segment, offset: first, bytes: 0, what: 'missing records' },
    ]);
    await log.close();
  });

  it('its last record, after its writer began another one, is an error that names the place', async () => {
    const written = directory();
    const writer = Log(written, { segmentBytes: 1 });
    for (let i = 0; i < 2; i++) await writer.append(batch(1, i));
    const path = copyOf(written);
    await writer.close();
    for (const file of readdirSync(path)) if (file.endsWith('.hint')) rmSync(join(path, file));
    const segment = join(path, readdirSync(path).find((file) => file.endsWith('-1.log')) as string);
    truncateSync(segment, 64);
    const log = Log(path);
    await expect(batchesIn(log, 1)).rejects.toMatchObject({ path: segment, offset: 64 });
    await log.close();
  });
});
