import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { StorageError } from '@spillway/core';
import { mountSmallDisk } from '@spillway/core/conformance';
import { OOCMap, type OutOfCoreMap } from '../src/index.js';
import { usePlace } from './place.js';

describe('an OOCMap on a full disk', () => {
  const place = usePlace();

  it('fails with what it means, keeps what was there, and goes on when there is room', async () => {
    const disk = join(place.path, 'disk');
    mkdirSync(disk);
    const unmount = mountSmallDisk(disk, 'size=4m');
    if (unmount === undefined) return;
    let map = OOCMap(join(disk, 'map'));
    try {
      for (let i = 0; i < 10; i++) map.set(i, new Uint8Array(100_000).fill(i));
      map.set('list', [1, 2, 3]);
      await map.flushed;
      const before = contents(map);
      const fill = (from: number) => {
        for (let i = from; i < from + 100; i++) map.set(i, new Uint8Array(100_000).fill(i));
      };
      expect(() => map.transaction(() => fill(100))).toThrow(StorageError);
      expect(contents(map)).toEqual(before);
      fill(200);
      await expect(map.flushed).rejects.toMatchObject({ code: 'ENOSPC' });
      expect(contents(map)).toEqual(before);
      fill(300);
      await new Promise(setImmediate);
      expect(() => map.set('later', 1)).toThrow(/the disk is full/);
      map.set('later', 1);
      for (let i = 0; i < 5; i++) map.delete(i);
      await map.flushed;
      map.set('small', new Uint8Array(100_000));
      await map.flushed;
      map.close();
      map = OOCMap(join(disk, 'map'));
      expect([...map.keys()]).toEqual([5, 6, 7, 8, 9, 'later', 'list', 'small']);
    } finally {
      map.close();
      unmount();
    }
  });
});

const contents = (map: OutOfCoreMap): string[] =>
  [...map].map(([key, value]) =>
    value instanceof Uint8Array
      ? `${key}: ${value.length} × ${value[0]}…${value.at(-1)}`
      : String(key),
  );
