import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { arrowFile } from '@spillway/arrow';
import { Buffer as BufferStore } from '@spillway/buffer';
import { ClosedError, CorruptError, KeyError, SchemaError } from '@spillway/core';
import { leakFixture } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import { Log } from '@spillway/log';
import { type NumericArray, npyFile } from '@spillway/typed-array';
import { type Table, tableFromArrays } from 'apache-arrow';
import { Chest, type ChestKey, type ChestMap, type ChestOptions } from '../src/index.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spillway-chest-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Every way to make a chest that is the same to who uses it. */
const kinds: { readonly [kind: string]: (options?: ChestOptions<unknown>) => ChestMap } = {
  'temporary files': (options) => Chest(undefined, options),
  files: (options) => Chest(join(folder, 'files'), options),
  'files, nothing in memory': (options) =>
    Chest(join(folder, 'none'), { availableMemory: 1, ...options }),
  'JSON files': (options) => Chest(join(folder, 'json'), { codec: 'json', ...options }),
  Log: (options) => Chest(undefined, { store: Log(join(folder, 'log')), ...options }),
  'Log, nothing in memory': (options) =>
    Chest(undefined, { store: Log(join(folder, 'log')), availableMemory: 1, ...options }),
  'Buffer(Dict, Log)': (options) =>
    Chest(undefined, { store: BufferStore(Dict(), Log(join(folder, 'log'))), ...options }),
};

const sorted = async <T>(items: AsyncIterable<T>) => {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all.sort((a, b) => (inspect(a) < inspect(b) ? -1 : 1));
};

describe.each(Object.entries(kinds))('Chest of %s', (_, make) => {
  leakFixture(async () => {
    await using chest = Chest(undefined, { store: Log() });
    await chest.set('x', new Uint8Array(200_000));
    await chest.flush();
  });

  it('is a Map', async () => {
    await using chest = make();
    const map = new Map<ChestKey, unknown>([
      ['a', 1],
      ['b', [2]],
      [7, 'seven'],
      ['', null],
    ]);
    for (const [key, value] of map) await chest.set(key, value);
    expect(await chest.size).toBe(4);
    for (const [key, value] of map) {
      expect(await chest.get(key)).toEqual(value);
      expect(await chest.has(key)).toBe(true);
    }
    expect(await chest.get('c')).toBeUndefined();
    expect(await chest.has('c')).toBe(false);
    expect(await chest.get('7')).toBeUndefined();
    expect(await sorted(chest.keys())).toEqual(['', 'a', 'b', 7]);
    expect(await sorted(chest.values())).toEqual(['seven', 1, [2], null]);
    expect(await sorted(chest)).toEqual(await sorted(chest.entries()));
    expect(await sorted(chest)).toEqual([
      ['', null],
      ['a', 1],
      ['b', [2]],
      [7, 'seven'],
    ]);
    expect(await chest.delete('a')).toBe(true);
    expect(await chest.delete('a')).toBe(false);
    expect(await chest.has('a')).toBe(false);
    expect(await chest.size).toBe(3);
    await chest.clear();
    expect(await chest.size).toBe(0);
    expect(await sorted(chest)).toEqual([]);
    await chest.set('a', 'again');
    expect(await chest.get('a')).toBe('again');
    await chest.drop();
    expect(await chest.has('a')).toBe(false);
  });

  it('takes the last value of calls that don’t wait for each other', async () => {
    await using chest = make();
    const calls: Promise<unknown>[] = [];
    for (let i = 0; i < 50; i++) calls.push(chest.set('k', i));
    calls.push(chest.delete('k'), chest.set('k', 'last'));
    expect(await chest.get('k')).toBe('last');
    await Promise.all(calls);
    await chest.flush();
    expect(await chest.get('k')).toBe('last');
    expect(await chest.size).toBe(1);
  });

  it('sets and gets many at once', async () => {
    await using chest = make();
    const entries = Array.from({ length: 300 }, (_, i) => [i, { i }] as const);
    await chest.setMany(entries);
    const keys = [299, 'no', 0, 299, 17];
    expect(await chest.getMany(keys)).toEqual([
      { i: 299 },
      undefined,
      { i: 0 },
      { i: 299 },
      { i: 17 },
    ]);
    await chest.prefetch(keys);
    expect(await chest.get(17)).toEqual({ i: 17 });
    expect(await chest.size).toBe(300);
  });

  it('pops, each value once', async () => {
    await using chest = make();
    await chest.setMany(Array.from({ length: 20 }, (_, i) => [i, `v${i}`]));
    const popped = await Promise.all(Array.from({ length: 60 }, (_, i) => chest.pop(i % 20)));
    expect(popped.filter((value) => value !== undefined).sort()).toEqual(
      Array.from({ length: 20 }, (_, i) => `v${i}`).sort(),
    );
    expect(await chest.size).toBe(0);
  });

  it('updates in turn, also what was set and not written', async () => {
    await using chest = make();
    const add = () => chest.update('n', async (n) => ((n as number | undefined) ?? 0) + 1);
    await Promise.all(Array.from({ length: 20 }, add));
    expect(await chest.get('n')).toBe(20);
    await chest.set('n', 100);
    expect(await add()).toBe(101);
    // A value set while it is being updated is not lost.
    const order: unknown[] = [];
    await chest.update('n', async (n) => {
      order.push(n);
      if (order.length === 1) void chest.set('n', 500);
      await null;
      return (n as number) + 1;
    });
    expect(order).toEqual([101, 500]);
    expect(await chest.get('n')).toBe(501);
    await expect(chest.update('n', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await chest.get('n')).toBe(501);
  });

  it('refuses bad keys before anything happens', async () => {
    await using chest = make();
    const bad = {} as ChestKey;
    for (const call of [
      () => chest.get(bad),
      () => chest.set(bad, 1),
      () => chest.has(bad),
      () => chest.delete(bad),
      () => chest.pop(bad),
      () => chest.update(bad, () => 1),
      () => chest.getMany(['a', bad]),
      () => chest.prefetch([bad]),
    ]) {
      await expect(call()).rejects.toThrow(KeyError);
    }
    expect(await chest.size).toBe(0);
  });

  it('rejects every call once it is closed', async () => {
    const chest = make();
    await chest.set('a', 1);
    await chest.close();
    await chest.close();
    for (const call of [
      () => chest.get('a'),
      () => chest.getMany(['a']),
      () => chest.set('a', 1),
      () => chest.setMany([['a', 1]]),
      () => chest.has('a'),
      () => chest.delete('a'),
      () => chest.pop('a'),
      () => chest.update('a', () => 1),
      () => chest.prefetch(['a']),
      () => chest.flush(),
      () => chest.clear(),
      () => chest.size,
      () => sorted(chest),
      () => sorted(chest.keys()),
    ]) {
      await expect(call()).rejects.toThrow(ClosedError);
    }
  });
});

describe('Chest', () => {
  it('is found again by its path, with all its keys', async () => {
    const keys: ChestKey[] = [
      ...['x', '', 'a/b', '../up', 'é', '(', 42, -1.5, Number.NaN, 10n, true, null, undefined],
      ...[new Date(0), Uint8Array.of(1, 2), ['a', 'b'], 'a', ['a'], [], [[1, ['x', null]], 'y']],
    ];
    {
      await using chest = Chest(folder);
      for (const [i, key] of keys.entries()) await chest.set(key, { i });
    }
    await using chest = Chest(folder);
    expect(await chest.size).toBe(keys.length);
    for (const [i, key] of keys.entries()) expect(await chest.get(key)).toEqual({ i });
    const found = new Map(
      (await sorted(chest)).map(([key, value]) => [(value as { i: number }).i, key]),
    );
    for (const [i, key] of keys.entries()) expect(found.get(i)).toEqual(key);
  });

  it('names files after keys', async () => {
    await using chest = Chest(folder, { codec: 'json' });
    await chest.setMany([
      ['x', [1]],
      [['a', 'b'], 2],
      [7, 3],
      ['../up', 4],
    ]);
    await chest.flush();
    expect(chest.keyToFilename('x')).toBe(join(folder, 'x.json'));
    expect(chest.keyToFilename(['a', 'b'])).toBe(join(folder, 'a', 'b.json'));
    expect(chest.keyToFilename(7)).toBe(join(folder, '(7).json'));
    expect(chest.keyToFilename('absent')).toBe(join(folder, 'absent.json'));
    for (const key of ['x', ['a', 'b'], 7, '../up']) {
      expect(chest.keyToFilename(key).startsWith(`${folder}/`)).toBe(true);
      expect(existsSync(chest.keyToFilename(key))).toBe(true);
    }
    expect(readFileSync(join(folder, 'x.json'), 'utf8')).toBe('[1]');
    expect(readdirSync(folder).sort()).toEqual(
      ['%chest', '%lock', '(7).json', '..%252Fup.json', 'a', 'x.json'].sort(),
    );
    await using plain = Chest(join(folder, 'plain'));
    await plain.setMany([
      ['x', 1],
      [['x', 'y'], 2],
    ]);
    await plain.flush();
    expect(readFileSync(join(folder, 'plain', 'x'))).toEqual(Buffer.of(1));
    expect(existsSync(plain.keyToFilename(['x', 'y']))).toBe(true);
    expect(() => kinds.Log?.().keyToFilename('x')).toThrow('has no file');
  });

  it('keeps values as their codec has them', async () => {
    await using arrays = Chest<string, NumericArray>(join(folder, 'arrays'), {
      codec: npyFile,
      availableMemory: 1,
    });
    await arrays.set('a', Float64Array.of(1, 2.5));
    expect(await arrays.get('a')).toEqual(Float64Array.of(1, 2.5));
    expect(existsSync(join(folder, 'arrays', 'a.npy'))).toBe(true);
    await using tables = Chest<string, Table>(join(folder, 'tables'), {
      codec: arrowFile,
      availableMemory: 1,
    });
    await tables.set('t', tableFromArrays({ n: Int32Array.of(1, 2) }));
    expect((await tables.get('t'))?.getChild('n')?.toArray()).toEqual(Int32Array.of(1, 2));
    await using any = Chest(undefined, { availableMemory: 1 });
    const value = { at: new Date(7), big: 2n ** 80n, map: new Map([[1, new Set(['x'])]]) };
    await any.set('v', value);
    expect(await any.get('v')).toEqual(value);
  });

  it('is opened by the codec it was written with only', async () => {
    {
      await using chest = Chest(folder, { codec: 'json' });
      await chest.set('x', 1);
    }
    expect(() => Chest(folder)).toThrow(SchemaError);
    expect(() => Chest(folder, { codec: npyFile })).toThrow('end in .json');
    const log = join(folder, 'log');
    {
      await using chest = Chest(undefined, { store: Log(log), codec: 'json' });
      await chest.set('x', 1);
    }
    await using chest = Chest(undefined, { store: Log(log) });
    await expect(chest.get('x')).rejects.toThrow('of the codec of json');
  });

  it('is on the disk once it is flushed, also past a buffer', async () => {
    const path = join(folder, 'log');
    await using chest = Chest(undefined, { store: BufferStore(Dict(), Log(path)) });
    await chest.set('x', 1);
    await chest.flush();
    await using other = Chest(undefined, { store: Log(path) });
    expect(await other.get('x')).toBe(1);
    await using files = Chest(join(folder, 'files'), { codec: 'json' });
    for (const one of [chest, files]) {
      await one.set(['a', 'b', 'c'], 2);
      await one.set('x', 3);
      await one.delete('x');
      await one.flush({ durable: true });
      expect(await one.get(['a', 'b', 'c'])).toBe(2);
    }
    expect(await other.get(['a', 'b', 'c'])).toBe(2);
    const unfit = () => {};
    await chest.set('unfit', unfit);
    await chest.set('fit', 4);
    await expect(chest.flush()).rejects.toThrow('"unfit"');
    expect(await other.get('fit')).toBe(4);
    await chest.delete('unfit');
  });

  it('says which value is damaged', async () => {
    await using chest = Chest(folder, { availableMemory: 1 });
    await chest.set('good', 1);
    await chest.set(['bad', 1], { a: 1 });
    writeFileSync(chest.keyToFilename(['bad', 1]), 'nonsense');
    await expect(chest.get(['bad', 1])).rejects.toThrow(CorruptError);
    await expect(chest.get(['bad', 1])).rejects.toMatchObject({ key: 'bad/(1)' });
    expect(await chest.get('good')).toBe(1);
    await chest.set(['bad', 1], 2);
    expect(await chest.get(['bad', 1])).toBe(2);
  });

  it('leaves nothing of a temporary one', async () => {
    const chest = Chest();
    await chest.set('x', 1);
    await chest.flush();
    const path = join(chest.keyToFilename('x'), '..');
    expect(existsSync(path)).toBe(true);
    await chest.close();
    expect(existsSync(path)).toBe(false);
  });

  it('refuses bad options', () => {
    expect(() => Chest('')).toThrow(TypeError);
    expect(() => Chest('x', { store: Dict() })).toThrow('not both');
    expect(() => Chest(undefined, { availableMemory: 0 })).toThrow('availableMemory');
    expect(() => Chest(undefined, { lockTimeout: -1 })).toThrow('lockTimeout');
    expect(() => Chest(undefined, { codec: 'xml' as 'json' })).toThrow('codec must be');
    const extension = '../x';
    expect(() => Chest(undefined, { codec: { ...npyFile, extension } })).toThrow(
      'letters and digits',
    );
    writeFileSync(join(folder, 'file'), '');
    expect(() => Chest(join(folder, 'file'))).toThrow(join(folder, 'file'));
  });
});
