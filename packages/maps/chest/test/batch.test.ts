import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { jsonFile, SchemaError, StorageError } from '@spillway/core';
import { Chaos, checkProperty } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import { Log } from '@spillway/log';
import fc from 'fast-check';
import { Chest, type ChestMap } from '../src/index.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spillway-chest-batch-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));

const open = () => Chest<number, unknown>(undefined, { store: Log(folder) });

/** Keys 0 to 299, which are enough to be written together. */
const numbers = Array.from({ length: 300 }, (_, i) => i);
const entries = (value: (i: number) => unknown) => numbers.map((i) => [i, value(i)] as const);

describe('setMany, with a store', () => {
  it('writes what is not in memory at once', async () => {
    await using chest = open();
    await chest.set(7, 'changed');
    await chest.setMany(entries((i) => ({ i })));
    expect(await chest.getMany([0, 7, 299])).toEqual([{ i: 0 }, { i: 7 }, { i: 299 }]);
    await using other = open();
    expect(await other.size).toBe(299);
    await chest.flush();
    expect(await other.getMany(numbers)).toEqual(numbers.map((i) => ({ i })));
    expect(await other.size).toBe(300);
  });

  it('takes the last value of a key that repeats', async () => {
    await using chest = open();
    await chest.setMany([...entries(() => 'first'), ...entries(() => 'last')]);
    expect(await chest.getMany(numbers)).toEqual(numbers.map(() => 'last'));
    // Also where it can't be encoded.
    await chest.setMany([...entries(() => 'new'), [7, Symbol('s')], [8, Symbol('s')], [8, 'fit']]);
    expect(typeof (await chest.get(7))).toBe('symbol');
    expect(await chest.get(8)).toBe('fit');
    await expect(chest.flush()).rejects.toThrow(SchemaError);
    expect(await chest.delete(7)).toBe(true);
    await chest.flush();
    expect(await chest.size).toBe(299);
  });

  it('leaves nothing in memory that was read before', async () => {
    await using chest = open();
    await chest.setMany(entries(() => 'old'));
    const reads = numbers.map((i) => chest.get(i));
    const written = chest.setMany(entries(() => 'new'));
    reads.push(...numbers.map((i) => chest.get(i)));
    for (const value of await Promise.all(reads)) expect(['old', 'new']).toContain(value);
    await written;
    expect(await chest.getMany(numbers)).toEqual(numbers.map(() => 'new'));
  });

  it('keeps in memory what could not be written, until it can', async () => {
    const chaos = Chaos(Dict());
    await using chest = Chest<number, unknown>(undefined, { store: chaos });
    await chest.setMany(entries(() => 'old'));
    chaos.inject({ on: 'set', harm: 'fail' });
    const failing = chest.setMany(entries(() => 'lost'));
    const following = chest.setMany(numbers.slice(100).map((i) => [i, 'second']));
    void chest.set(299, 'third');
    await expect(failing).rejects.toThrow(StorageError);
    await following;
    const expected = numbers.map((i) => (i < 100 ? 'lost' : i < 299 ? 'second' : 'third'));
    expect(await chest.getMany(numbers)).toEqual(expected);
    await chest.flush();
    expect(await chest.getMany(numbers)).toEqual(expected);
  });

  it('is seen by others, after however many writes, and sees theirs', async () => {
    await using chest = open();
    await using other = open();
    for (let round = 0; round < 100; round++) {
      await chest.setMany(entries((i) => round + i));
      await chest.flush();
      // Every so often it reads nothing for a long time.
      if (round % 50 < 10) expect(await other.get(7)).toBe(round + 7);
      if (round % 50 === 10) {
        await other.set(7, 'other');
        await other.flush();
        expect(await chest.get(7)).toBe('other');
      }
    }
    // In memory here, and changed there before this one has written often without reading.
    expect(await chest.get(0)).toBe(99);
    await other.set(0, 'other');
    await other.flush();
    for (let round = 0; round < 80; round++) {
      await chest.setMany(entries((i) => i).slice(1));
    }
    expect(await chest.get(0)).toBe('other');
  });

  it('takes batches one after the other from a source, and no more than are being written', async () => {
    await using chest = Chest<number, unknown>(undefined, { store: Log(folder) });
    let given = 0;
    const source = function* () {
      for (; given < 10_000; given++) yield [given, new Uint8Array(2000)] as const;
    };
    const written = chest.setMany(source());
    // Of 20 MB, a batch takes 4 MiB.
    expect(given).toBeLessThan(2200);
    await written;
    expect(await chest.size).toBe(10_000);
  });
});

describe('getMany, with a store', () => {
  it('pushes nothing out of memory for many values, as prefetch does', async () => {
    const loaded: unknown[] = [];
    const load = (bytes: Uint8Array) => {
      const value: unknown = jsonFile.load(bytes);
      loaded.push(value);
      return value;
    };
    const codec = { ...jsonFile, load };
    const large = 'x'.repeat(2000);
    {
      await using chest = Chest<number, unknown>(undefined, { store: Log(folder), codec });
      await chest.setMany(entries(() => large));
    }
    await using chest = Chest<number, unknown>(undefined, {
      store: Log(folder),
      codec,
      availableMemory: 400_000,
    });
    expect(await chest.get(1000)).toBeUndefined();
    await chest.set(1000, 'hot');
    await chest.flush();
    expect(await chest.getMany(numbers)).toEqual(numbers.map(() => large));
    expect(loaded.length).toBe(300);
    // What there was room for is there.
    await chest.get(0);
    await chest.get(1000);
    expect(loaded.length).toBe(300);
    await chest.prefetch(numbers);
    await chest.prefetch(numbers.slice(200));
    loaded.length = 0;
    await chest.get(1000);
    expect(loaded).toEqual(['hot']);
  });
});

const key = fc.nat({ max: 5 });
const call = fc.oneof(
  fc.record({ op: fc.constantFrom('set', 'delete', 'get', 'update'), key }),
  fc.record({ op: fc.constantFrom('setMany', 'flush'), key }),
) as fc.Arbitrary<{
  readonly op: 'set' | 'delete' | 'get' | 'update' | 'setMany' | 'flush';
  key: number;
}>;

describe('calls that don’t wait for each other, with a store', () => {
  it('leave what the last of them set', async () => {
    await checkProperty(100, fc.array(call, { maxLength: 20 }), async (calls) => {
      const store = Dict();
      const chest: ChestMap<number, unknown> = Chest(undefined, { store });
      const model = new Map<number, unknown>();
      const running: Promise<unknown>[] = [];
      for (const [number, { op, key }] of calls.entries()) {
        if (op === 'set' || op === 'setMany') model.set(key, number);
        if (op === 'delete') model.delete(key);
        // Many keys of no interest, and one.
        const many = [...numbers.slice(10).map((i) => [i, 0] as const), [key, number] as const];
        running.push(
          op === 'set'
            ? chest.set(key, number)
            : op === 'setMany'
              ? chest.setMany(many)
              : op === 'update'
                ? chest.update(key, (value) => value ?? 'none')
                : op === 'flush'
                  ? chest.flush()
                  : chest[op](key),
        );
      }
      await Promise.all(running);
      for (const again of [false, true]) {
        if (again) await chest.flush();
        for (let key = 0; key <= 5; key++) {
          const value = await chest.get(key);
          if (model.has(key)) expect(value).toBe(model.get(key));
          else expect([undefined, 'none']).toContain(value);
        }
      }
      await chest.close();
    });
  });
});
