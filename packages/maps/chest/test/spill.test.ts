import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { jsonFile, SchemaError, StorageError, type ValueCodec } from '@spillway/core';
import { Chaos, LiveMemory, leakFixture } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import { Log } from '@spillway/log';
import { type NumericArray, npyFile } from '@spillway/typed-array';
import { Chest } from '../src/index.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spillway-chest-spill-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** JSON that says what it was asked for. */
function counted() {
  const dumped: unknown[] = [];
  const loaded: unknown[] = [];
  const codec: ValueCodec = {
    extension: 'json',
    dump(value) {
      dumped.push(value);
      return jsonFile.dump(value);
    },
    load(bytes) {
      const value = jsonFile.load(bytes);
      loaded.push(value);
      return value;
    },
  };
  return { codec, dumped, loaded };
}

const spilled = (path: string) => readdirSync(path).filter((name) => !name.startsWith('%'));

describe('Chest', () => {
  leakFixture(async () => {
    await using chest = Chest(undefined, { availableMemory: 1 });
    await chest.set('x', new Uint8Array(200_000));
    await chest.get('x');
  });

  it('writes nothing that fits until it is told to', async () => {
    const { codec, dumped, loaded } = counted();
    await using chest = Chest(folder, { codec });
    for (let i = 0; i < 100; i++) await chest.set(i, [i]);
    for (let i = 0; i < 100; i++) expect(await chest.get(i)).toEqual([i]);
    expect(spilled(folder)).toEqual([]);
    expect([dumped, loaded]).toEqual([[], []]);
    await chest.flush();
    expect(spilled(folder).length).toBe(100);
    expect(loaded).toEqual([]);
  });

  it('writes a changed value once, and one that is not changed never again', async () => {
    const { codec, dumped } = counted();
    await using chest = Chest(folder, { codec, availableMemory: 8000 });
    for (let i = 0; i < 100; i++) await chest.set(i, 'x'.repeat(500));
    await chest.flush();
    expect(dumped.length).toBe(100);
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 100; i++) expect(await chest.get(i)).toBe('x'.repeat(500));
      await chest.flush();
    }
    expect(dumped.length).toBe(100);
    await chest.set(7, 'other');
    await chest.set(7, 'another');
    await chest.flush();
    await chest.flush();
    expect(dumped.slice(100)).toEqual(['another']);
  });

  it('lets go what was not used for longest', async () => {
    const { codec, loaded } = counted();
    await using chest = Chest(folder, { codec, availableMemory: 100_000 });
    for (let i = 0; i < 10; i++) {
      await chest.set(i, `${i}`.repeat(8000));
      await chest.get(0);
    }
    for (let i = 10; i < 14; i++) await chest.set(i, 'x'.repeat(8000));
    await chest.set('last', 1);
    await chest.get(0);
    expect(loaded).toEqual([]);
    await chest.get(1);
    expect(loaded).toEqual(['1'.repeat(8000)]);
  });

  it('brings a value larger than its memory to the disk at once, and no other for its sake', async () => {
    const { codec, dumped } = counted();
    await using chest = Chest(folder, { codec, availableMemory: 10_000 });
    await chest.set('small', 1);
    await chest.set('large', 'x'.repeat(20_000));
    expect(spilled(folder)).toEqual(['large.json']);
    expect(dumped.length).toBe(1);
    expect(await chest.get('large')).toBe('x'.repeat(20_000));
    expect(await chest.get('small')).toBe(1);
  });

  it('reads a value once for all who ask for it meanwhile', async () => {
    const { codec, loaded } = counted();
    await using chest = Chest(folder, { codec, availableMemory: 1 });
    await chest.set('x', { large: 'x'.repeat(300_000) });
    const values = await Promise.all([
      ...Array.from({ length: 10 }, () => chest.get('x')),
      chest.getMany(['x', 'x']).then(([value]) => value),
    ]);
    expect(loaded.length).toBe(1);
    expect(new Set(values).size).toBe(1);
  });

  it('does not take in what was read before a change', async () => {
    await using chest = Chest(folder);
    await chest.set('x', 'x'.repeat(300_000));
    await chest.flush();
    await using other = Chest<string, unknown>(folder);
    const before = other.get('x');
    await other.set('x', 'new');
    await other.flush();
    const { length } = (await before) as string;
    expect([3, 300_000]).toContain(length);
    expect(await other.get('x')).toBe('new');
    await other.delete('x');
    await other.flush();
    expect(await other.get('x')).toBeUndefined();
    expect(await chest.get('x')).toBeUndefined();
  });

  it('stays within its memory', async () => {
    const budget = 12 * 2 ** 20;
    const memory = new LiveMemory();
    let seen = 0;
    const look = <T>(value: T): T => {
      if (seen++ % 20 === 19) memory.look();
      return value;
    };
    const codec: ValueCodec<NumericArray> = {
      ...npyFile,
      dump: (value) => look(npyFile.dump(value)),
      load: (bytes) => look(npyFile.load(bytes)),
    };
    await using chest = Chest<number, NumericArray>(folder, { codec, availableMemory: budget });
    for (let i = 0; i < 60; i++) await chest.set(i, new Float64Array(2 ** 17).fill(i));
    await chest.prefetch(Array.from({ length: 60 }, (_, i) => i));
    for (let i = 0; i < 60; i++) expect((await chest.get(i))?.[7]).toBe(i);
    // What is on its way to and from the disk counts as well; 60 MB went through.
    expect(memory.peak).toBeLessThan(2 * budget);
  });

  it('keeps what can’t be encoded in memory and names it, after everything else was written', async () => {
    for (const open of [
      () => Chest(join(folder, 'files'), { availableMemory: 2000 }),
      () => Chest(undefined, { store: Log(join(folder, 'log')), availableMemory: 2000 }),
    ]) {
      const chest = open();
      const unfit = () => 7;
      await chest.set('unfit', unfit);
      await chest.set(['also', 1], { symbol: Symbol('s') });
      for (let i = 0; i < 100; i++) await chest.set(i, 'x'.repeat(100));
      expect(await chest.get('unfit')).toBe(unfit);
      const error = await chest.flush().catch((error: unknown) => error);
      expect(error).toBeInstanceOf(SchemaError);
      expect((error as Error).message).toContain('"unfit" (a function can\'t be stored)');
      expect((error as Error).message).toContain('"also/(1)"');
      expect(await chest.get('unfit')).toBe(unfit);
      expect(await chest.size).toBe(102);
      await expect(chest.close()).rejects.toThrow('"unfit"');
      await using other = open();
      expect(await other.size).toBe(100);
    }
  });

  it('is well again when the value that can’t be encoded is another one', async () => {
    await using chest = Chest(folder);
    const value: { work?: () => void; n: number } = { work: () => {}, n: 1 };
    await chest.set('x', value);
    await chest.update('y', () => value);
    expect(await chest.get('y')).toBe(value);
    await expect(chest.flush()).rejects.toThrow('"x" (');
    delete value.work;
    await chest.flush();
    await chest.set('z', Symbol('z'));
    await expect(chest.flush()).rejects.toThrow('"z"');
    expect(await chest.delete('z')).toBe(true);
    await chest.flush();
    await using other = Chest(folder);
    expect(await other.getMany(['x', 'y', 'z'])).toEqual([{ n: 1 }, { n: 1 }, undefined]);
  });

  it('keeps what a failing store did not take, and says so', async () => {
    const chaos = Chaos(Dict());
    await using chest = Chest(undefined, { store: chaos, availableMemory: 4000 });
    await chest.set('first', 1);
    await chest.flush();
    chaos.inject({ on: 'set', harm: 'fail' });
    const set = async () => {
      for (let i = 0; i < 30; i++) await chest.set(i, 'x'.repeat(300));
    };
    await expect(set()).rejects.toThrow(StorageError);
    expect(await chest.get(0)).toBe('x'.repeat(300));
    await set();
    await chest.flush();
    expect(await chest.size).toBe(31);
    chaos.inject({ on: 'set', harm: 'fail' });
    await chest.set('second', 2);
    await expect(chest.flush()).rejects.toThrow(StorageError);
    expect(await chest.get('second')).toBe(2);
    await chest.flush();
    for (let i = 0; i < 30; i++) expect(await chest.get(i)).toBe('x'.repeat(300));
  });

  it('says that the directory is gone', async () => {
    const path = join(folder, 'gone');
    const chest = Chest(path);
    await chest.set('x', 1);
    rmSync(path, { recursive: true });
    await expect(chest.flush()).rejects.toThrow(StorageError);
    expect(await chest.get('x')).toBe(1);
    await expect(chest.close()).rejects.toThrow(path);
  });

  it('replaces files, so that whoever reads one has it whole', async () => {
    await using chest = Chest<string, Uint8Array>(folder);
    await chest.set('x', new Uint8Array(200_000).fill(1));
    await chest.flush();
    const { ino } = statSync(chest.keyToFilename('x'));
    await chest.set('x', new Uint8Array(100_000).fill(2));
    await chest.flush();
    expect(statSync(chest.keyToFilename('x')).ino).not.toBe(ino);
    expect(readdirSync(join(folder, '%chest', 'new'))).toEqual([]);
  });

  it('leaves no empty folders behind', async () => {
    await using chest = Chest(folder);
    await chest.setMany([
      [['a', 'b', 'c'], 1],
      [['a', 'd'], 2],
    ]);
    await chest.flush();
    await chest.delete(['a', 'b', 'c']);
    await chest.flush();
    expect(existsSync(join(folder, 'a', 'b'))).toBe(false);
    await chest.pop(['a', 'd']);
    expect(spilled(folder)).toEqual([]);
  });
});
