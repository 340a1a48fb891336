import { existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ClosedError, KeyError, StorageError } from '@spillway/core';
import { anyKey, checkProperty, hostileKeys, leakFixture } from '@spillway/core/conformance';
import fc from 'fast-check';
import { DirDB } from '../src/index.js';
import { directory, filesIn, namesOf, open } from './place.js';

leakFixture(async () => {
  const db = open(directory());
  await db.entry('warm').putData(1);
  await db.close();
});

describe('a directory', () => {
  it('is made if absent, and kept', async () => {
    const path = join(directory(), 'deep', 'results');
    const db = open<Float64Array>(path);
    expect(existsSync(path)).toBe(true);
    await db.entry('foo').putData(Float64Array.of(1, 2));
    await db.close();
    expect(await open(path).entry('foo').getData()).toEqual(Float64Array.of(1, 2));
    expect(String(db)).toBe(`DirDB(${JSON.stringify(path)})`);
  });

  it('holds data and metadata in files of their own, and nothing else', async () => {
    const path = directory();
    const db = open(path);
    expect(await db.has('foo')).toBe(false);
    await db.entry('foo').putData(Float64Array.of(1, 2), { meta: { test: [1, 2] } });
    expect(await db.has('foo')).toBe(true);
    expect(filesIn(path)).toEqual(['foo.json', 'foo.npy']);
    expect(JSON.parse(readFileSync(join(path, 'foo.json'), 'utf8'))).toEqual({ test: [1, 2] });
  });

  it('has a size, and takes entries out', async () => {
    const path = directory();
    const db = open(path);
    expect(db.size).toBe(0);
    await db.entry('a').putData(1, { meta: { n: 1 } });
    await db.entry('b').writeMeta({ n: 2 });
    expect(db.size).toBe(2);
    expect(await db.delete('a')).toBe(true);
    expect(await db.delete('a')).toBe(false);
    expect(await db.entry('b').delete()).toBe(true);
    expect(db.size).toBe(0);
    expect(filesIn(path)).toEqual([]);
  });

  it('is iterated by name, size or time, either way, from a prefix on', async () => {
    const path = directory();
    const db = open(path);
    const sizes = { 'run/b': 300, 'run/a': 100, c: 200 };
    const times = { 'run/b': 2, 'run/a': 3, c: 1 };
    for (const [name, size] of Object.entries(sizes)) {
      await db.entry(name).putData(new Uint8Array(size));
      const time = 1000 + times[name as keyof typeof times];
      utimesSync(join(path, `${name}.npy`), time, time);
    }
    await db.entry('d').writeMeta({ only: 'this' });
    expect(await namesOf(db)).toEqual(['c', 'd', 'run/a', 'run/b']);
    expect(await namesOf(db.entries({ order: 'desc' }))).toEqual(['run/b', 'run/a', 'd', 'c']);
    expect(await namesOf(db.entries({ sort: 'size' }))).toEqual(['d', 'run/a', 'c', 'run/b']);
    expect(await namesOf(db.entries({ sort: 'modified', order: 'desc' }))).toEqual([
      'd',
      'run/a',
      'run/b',
      'c',
    ]);
    expect(await namesOf(db.entries({ prefix: 'run/' }))).toEqual(['run/a', 'run/b']);
    await expect(namesOf(db.entries({ sort: 'colour' as 'name' }))).rejects.toThrow(TypeError);
    await expect(namesOf(db.entries({ order: 'up' as 'asc' }))).rejects.toThrow(TypeError);
  });

  it('goes on being iterated while it changes', async () => {
    const db = open(directory());
    for (const name of ['a', 'b', 'c']) await db.entry(name).putData(name);
    const seen = [];
    for await (const entry of db) {
      seen.push([entry.name, await entry.getData()]);
      await db.delete('b');
      await db.entry('d').putData('d');
    }
    expect(seen).toEqual([
      ['a', 'a'],
      ['b', undefined],
      ['c', 'c'],
    ]);
  });

  it('takes every valid name, and gives it back', async () => {
    const path = directory();
    const db = open<string>(path);
    const names = [...new Set([...hostileKeys, 'a', 'a/b', 'a.json', 'a.npy', 'a.npy/b', '%lock'])];
    for (const name of names) await db.entry(name).putData(name, { meta: { name } });
    expect((await namesOf(db)).sort()).toEqual([...names].sort());
    for (const name of names) {
      expect(await db.entry(name).getData()).toBe(name);
      expect(await db.entry(name).readMeta()).toEqual({ name });
    }
    for (const name of names) expect(await db.delete(name)).toBe(true);
    expect(filesIn(path)).toEqual([]);
  });

  it('keeps entries of any names apart', async () => {
    await checkProperty(
      25,
      fc.uniqueArray(anyKey(), { minLength: 1, maxLength: 8 }),
      async (names) => {
        const db = open<string>(directory());
        for (const name of names) await db.entry(name).putData(name);
        expect(new Set(await namesOf(db))).toEqual(new Set(names));
        for (const name of names) expect(await db.entry(name).getData()).toBe(name);
      },
    );
  });

  it('refuses names that are none', async () => {
    const path = directory();
    const db = open(path);
    for (const name of ['', '\ud800', 'x'.repeat(1025), undefined as never]) {
      expect(() => db.entry(name)).toThrow(KeyError);
      for (const call of [() => db.lock(name), () => db.has(name), () => db.delete(name)]) {
        await expect(call()).rejects.toThrow(KeyError);
      }
    }
    expect(filesIn(path)).toEqual([]);
  });

  it("passes over what isn't its own", async () => {
    const path = directory();
    mkdirSync(join(path, '.git'));
    for (const name of ['.git/config.lock', '.hidden.npy', 'noending', 'bad%2fname.npy']) {
      writeFileSync(join(path, name), '');
    }
    const db = open(path);
    expect(await namesOf(db)).toEqual([]);
    await db.entry('a').putData(1);
    await db.delete('a');
    expect(filesIn(path)).toHaveLength(4);
  });

  it('refuses wrong options and places', () => {
    const path = directory();
    writeFileSync(join(path, 'file'), '');
    expect(() => DirDB('')).toThrow(TypeError);
    expect(() => DirDB(path, { lockTimeout: -1 })).toThrow(TypeError);
    expect(() => DirDB(path, { compressor: 'rar' as 'lz4' })).toThrow(/one of blosc, bzip2/);
    expect(() => DirDB(path, { codec: 'pickle' as 'json' })).toThrow(TypeError);
    expect(() => DirDB(join(path, 'file'))).toThrow(StorageError);
  });

  it('refuses calls after it was closed, and closes twice', async () => {
    const db = open(directory());
    const entry = db.entry('a');
    const locked = await db.lock('a');
    locked.meta = { n: 1 };
    await db.close();
    await db.close();
    expect(await open(db.path).entry('a').readMeta()).toEqual({ n: 1 });
    expect(() => db.entry('a')).toThrow(ClosedError);
    expect(() => db.size).toThrow(ClosedError);
    for (const call of [
      () => entry.getData(),
      () => entry.putData(1),
      () => entry.readMeta(),
      () => entry.writeMeta({}),
      () => entry.stat(),
      () => entry.delete(),
      () => entry.rename('b'),
      () => db.lock('a'),
      () => namesOf(db),
    ]) {
      await expect(call()).rejects.toThrow(ClosedError);
    }
  });
});
