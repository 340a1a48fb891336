import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ClosedError, CorruptError, StorageError } from '@spillway/core';
import { type LazyList, OOCMap } from '../src/index.js';
import { usePlace } from './place.js';

describe('an OOCMap', () => {
  const place = usePlace();

  it('is all or nothing in a transaction, also within another one', async () => {
    const map = place.open();
    map.set('before', 1);
    const result = map.transaction(() => {
      map.set('outer', [1]);
      expect(() =>
        map.transaction(() => {
          map.set('inner', 'shared '.repeat(20));
          (map.get('outer') as LazyList<number>).push(2);
          map.delete('before');
          throw new Error('inner');
        }),
      ).toThrow('inner');
      map.transaction(() => (map.get('outer') as LazyList<number>).push(3));
      return 'done';
    });
    expect(result).toBe('done');
    expect(map.eager()).toEqual(
      new Map<string, unknown>([
        ['before', 1],
        ['outer', [1, 3]],
      ]),
    );
    expect(() =>
      map.transaction(() => {
        map.set('before', 2);
        map.clear();
        throw new Error('outer');
      }),
    ).toThrow('outer');
    expect(map.eager()).toEqual(
      new Map<string, unknown>([
        ['before', 1],
        ['outer', [1, 3]],
      ]),
    );
    expect(map.stats()).toMatchObject({ savedBytes: 0, sharedValues: 0 });
  });

  it('does not take an async function for a transaction', () => {
    const map = place.open();
    expect(() => map.transaction(async () => map.set('a', 1))).toThrow(TypeError);
    expect(map.has('a')).toBe(false);
  });

  it('says when changes are on the disk', async () => {
    const map = place.open();
    const other = OOCMap(map.path);
    map.set('a', 1);
    await Promise.all([map.flushed, map.flushed, other.flushed]);
    await map.flushed;
    other.close();
    map.close();
    expect(place.open().get('a')).toBe(1);
  });

  it('is one map for all handles of a thread', () => {
    const [a, b] = [place.open(), place.open()];
    a.set('x', [1]);
    (b.get('x') as LazyList<number>).push(2);
    expect(a.transaction(() => b.transaction(() => a.size + b.size))).toBe(2);
    a.close();
    expect((b.get('x') as LazyList<number>).eager()).toEqual([1, 2]);
    expect(() => a.get('x')).toThrow(ClosedError);
  });

  it('stores equal values once', async () => {
    const map = place.open();
    const text = 'the same text, which is long enough to be stored once '.repeat(10);
    for (let i = 0; i < 1000; i++) map.set(i, { text, bytes: new Uint8Array(100) });
    await map.flushed;
    expect(map.stats()).toMatchObject({ sharedValues: 2, savedBytes: 999 * (text.length + 100) });
    expect(map.stats().liveBytes).toBeLessThan(200_000);
    for (let i = 1; i < 1000; i++) map.delete(i);
    await map.flushed;
    expect(map.stats()).toMatchObject({ sharedValues: 2, savedBytes: 0 });
    expect((map.get(0) as unknown as Map<string, string>).get('text')).toBe(text);
    map.clear();
    await map.flushed;
    expect(map.stats()).toMatchObject({ sharedValues: 0, savedBytes: 0 });
  });

  it('gives the space of what was deleted back', async () => {
    const map = place.open();
    for (let i = 0; i < 300; i++) map.set(i, new Uint8Array(10_000).fill(i));
    await map.flushed;
    for (let i = 1; i < 300; i++) map.delete(i);
    await map.flushed;
    const { deadBytes } = map.stats();
    expect(deadBytes).toBeGreaterThan(2_900_000);
    const kept = map.get(0);
    expect(await map.vacuum()).toBeGreaterThan(2_900_000);
    expect(map.stats().deadBytes).toBeLessThan(100_000);
    expect(map.get(0)).toEqual(kept);
    expect(readdirSync(place.path)).toEqual(['data-1.mdb', 'data-1.mdb-lock']);
  });

  it('opens what a crash left of a vacuum', async () => {
    let map = place.open();
    map.set('a', 1);
    map.close();
    writeFileSync(join(place.path, 'data-1.mdb.tmp'), 'half a copy');
    writeFileSync(join(place.path, 'data-1.mdb'), 'a copy that nobody was told of');
    map = place.open();
    expect(map.get('a')).toBe(1);
    await map.vacuum();
    expect(map.get('a')).toBe(1);
    expect(readdirSync(place.path)).toEqual(['data-1.mdb', 'data-1.mdb-lock']);
  });

  it('says what is wrong with a path', () => {
    expect(() => OOCMap('')).toThrow(TypeError);
    const file = join(place.path, 'file');
    writeFileSync(file, '');
    expect(() => OOCMap(file)).toThrow(StorageError);
    mkdirSync(join(place.path, 'foreign'));
    writeFileSync(join(place.path, 'foreign', 'data-0.mdb'), Buffer.alloc(20_000, 'foreign '));
    expect(() => OOCMap(join(place.path, 'foreign'))).toThrow(CorruptError);
  });

  it('is closed for good, and closes twice', () => {
    const map = place.open();
    map.set('x', [1]);
    const list = map.get('x') as LazyList<number>;
    map.close();
    map.close();
    const uses = [
      () => map.get('x'),
      () => map.set('x', 1),
      () => map.size,
      () => [...map],
      () => map.stats(),
      () => map.transaction(() => 1),
      () => list.at(0),
      () => list.push(1),
    ];
    for (const use of uses) expect(use).toThrow(ClosedError);
    return expect(map.vacuum()).rejects.toThrow(ClosedError);
  });

  it('does not close within a transaction', () => {
    const map = place.open();
    expect(() => map.transaction(() => map.close())).toThrow(ClosedError);
    expect(map.has('a')).toBe(false);
  });
});
