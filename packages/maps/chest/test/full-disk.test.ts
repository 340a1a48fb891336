import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mountSmallDisk } from '@spillway/core/conformance';
import { Log } from '@spillway/log';
import { Chest, type ChestMap, type ChestOptions } from '../src/index.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spillway-chest-full-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const kinds: {
  readonly [kind: string]: (
    path: string,
    options?: ChestOptions<Uint8Array>,
  ) => ChestMap<number, Uint8Array>;
} = {
  files: (path, options) => Chest(path, options),
  'a Log': (path, options) => Chest(undefined, { store: Log(path), ...options }),
};

describe.each(Object.entries(kinds))('a Chest of %s on a full disk', (_, open) => {
  it('keeps in memory what has no room, and writes it when there is', async () => {
    const disk = join(folder, 'disk');
    mkdirSync(disk);
    const unmount = mountSmallDisk(disk, 'size=4m');
    if (unmount === undefined) return;
    const ballast = join(disk, 'ballast');
    const value = (i: number) => new Uint8Array(100_000).fill(i);
    let chest = open(join(disk, 'chest'), { availableMemory: 2_000_000 });
    try {
      writeFileSync(ballast, new Uint8Array(2_000_000));
      for (let i = 0; i < 5; i++) await chest.set(i, value(i));
      await chest.flush();
      const full = { name: 'StorageError', code: 'ENOSPC' };
      const fill = async () => {
        for (let i = 0; i < 30; i++) await chest.set(i, value(i + 1));
      };
      // Some are spilled in the background, until there is no room.
      const failure = await fill()
        .then(() => chest.flush())
        .catch((error: unknown) => error);
      expect(failure).toMatchObject(full);
      expect((failure as Error).message).toContain(join(disk, 'chest'));
      const keys = Array.from({ length: 30 }, (_, i) => i);
      const held = await chest.getMany(keys);
      for (const [i, one] of held.entries()) {
        // Those that came after the failed one were never set.
        if (i < 5) expect(one).toBeDefined();
        if (one === undefined) continue;
        expect([i, i + 1]).toContain(one[0]);
        expect(Buffer.compare(one, value(one[0] as number))).toBe(0);
      }
      await expect(chest.flush()).rejects.toMatchObject(full);
      if (existsSync(join(disk, 'chest', '%chest', 'new')))
        expect(readdirSync(join(disk, 'chest', '%chest', 'new'))).toEqual([]);
      rmSync(ballast);
      await chest.flush({ durable: true });
      expectSame(await chest.getMany(keys), held);
      await chest.close();
      chest = open(join(disk, 'chest'));
      expectSame(await chest.getMany(keys), held);
    } finally {
      await chest.close().catch(() => {});
      unmount();
    }
  });
});

type Bytes = readonly (Uint8Array | undefined)[];

/** A comparison of each element, as Jest's, takes too long. */
function expectSame(values: Bytes, others: Bytes): void {
  const same = (one?: Uint8Array, other?: Uint8Array) =>
    one === undefined || other === undefined ? one === other : Buffer.compare(one, other) === 0;
  expect(values.map((value, i) => same(value, others[i]))).toEqual(others.map(() => true));
}
