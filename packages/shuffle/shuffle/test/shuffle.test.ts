import { describe, expect, it } from '@jest/globals';
import { Arrow } from '@spillway/arrow';
import { ClosedError, type Store } from '@spillway/core';
import { leakFixture } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import { File } from '@spillway/file';
import { Msgpack } from '@spillway/msgpack';
import { type RecordBatch, type Table, tableFromArrays } from 'apache-arrow';
import { hash, type Progress, range, shuffle } from '../src/index.js';
import { batchWithNulls, collect, grouped, plain, trips } from './data.js';

leakFixture(async () => {
  await (await shuffle(trips(10), { by: 'city' })).close();
});

describe('a shuffle of tables', () => {
  const table = trips(5000);
  const rows = plain(table);

  it('has the rows of each value, in their order', async () => {
    await using partitions = await shuffle(table, { by: 'city' });
    expect(await collect(partitions)).toEqual(grouped(rows, 'city'));
    expect([...partitions.counts.keys()].sort()).toEqual([...grouped(rows, 'city').keys()].sort());
    expect(partitions.counts.get('city 3')).toBe(grouped(rows, 'city').get('city 3')?.length);
    expect(plain(await partitions.get('city 3'))).toEqual(grouped(rows, 'city').get('city 3'));
    expect(partitions.schema).toEqual(table.schema);
  });

  it.each([
    ['hash', hash('id', 16)],
    ['range', range('fare', [100, 300])],
    ['a function', (row: { readonly id?: unknown }) => Number(row.id) % 5],
  ])('by %s has every row once', async (_, by) => {
    await using partitions = await shuffle(table, { by });
    const all = [...(await collect(partitions)).values()].flat();
    expect(all.sort((a, b) => Number(a.id) - Number(b.id))).toEqual(rows);
    expect([...partitions.counts.values()].reduce((a, b) => a + b)).toBe(rows.length);
  });

  it('by range has the rows between bounds', async () => {
    await using partitions = await shuffle(table, { by: range('fare', [100, 300]) });
    expect(plain(await partitions.get(1)).map((row) => row.fare)).toEqual(
      rows.map((row) => row.fare).filter((fare) => Number(fare) >= 100 && Number(fare) < 300),
    );
  });

  const sources: [string, () => Parameters<typeof shuffle>[0]][] = [
    ['an array of tables', () => [trips(2000), trips(3000, 7, 2000)]],
    ['an array of batches', () => [...trips(2000).batches, ...trips(3000, 7, 2000).batches]],
    [
      'an async iterable of tables',
      async function* () {
        yield trips(2000);
        yield trips(3000, 7, 2000);
      },
    ],
    ['a batch', () => table.batches[0] as RecordBatch],
  ];
  it.each(sources)('takes %s', async (_, source) => {
    await using partitions = await shuffle(source() as Table[], { by: 'city' });
    expect(await collect(partitions)).toEqual(grouped(rows, 'city'));
  });

  it('keeps the schema where a column is all null, and where there is no such partition', async () => {
    const batch = batchWithNulls(10);
    await using partitions = await shuffle(batch, { by: 'k' });
    for (const key of ['0', '1', '2', 'absent']) {
      expect((await partitions.get(key)).schema.fields).toEqual(batch.schema.fields);
    }
    expect((await partitions.get('absent')).numRows).toBe(0);
  });

  it('goes into a store of the caller, which stays open', async () => {
    await using into = Arrow(Dict());
    await into.append({ 'city 1': trips(1, 7, 9), other: trips(1) });
    const partitions = await shuffle(table, { by: 'city', into: into as Store<Table> });
    const stored = await collect(partitions);
    await partitions.close();
    await expect(partitions.get('city 1')).rejects.toThrow(ClosedError);
    expect(plain(await into.get('city 2'))).toEqual(stored.get('city 2'));
    expect(stored.get('city 1')?.[0]).toEqual({ id: 9, city: 'city 6', fare: 9 / 8 });
    expect(stored.has('other')).toBe(false);
  });

  it('tells a large partition in parts', async () => {
    await using partitions = await shuffle([trips(300_000, 1)], { by: 'city', memory: 2 ** 21 });
    let rows = 0;
    let parts = 0;
    for await (const part of partitions.stream('city 0')) {
      rows += part.numRows;
      parts++;
    }
    expect(rows).toBe(300_000);
    expect(parts).toBeGreaterThan(5);
  });

  it('tells its progress', async () => {
    const told: Progress[] = [];
    const onProgress = (progress: Progress) => told.push(progress);
    await using partitions = await shuffle(trips(300_000), { by: 'city', onProgress });
    expect(partitions.counts.size).toBe(7);
    expect(told).toEqual([
      { rows: 131_072, total: 300_000 },
      { rows: 262_144, total: 300_000 },
      { rows: 300_000, total: 300_000 },
    ]);
  });

  it('keeps dictionaries', async () => {
    const encoded = tableFromArrays({ k: ['x', 'y', 'x'] });
    await using partitions = await shuffle(encoded, { by: 'k' });
    expect(String((await partitions.get('x')).schema)).toBe(String(encoded.schema));
  });
});

describe('a shuffle of rows', () => {
  const rows = Array.from({ length: 5000 }, (_, i) => ({
    id: i,
    city: i % 11 === 0 ? null : `city ${i % 7}`,
    tags: new Set([i % 2]),
    at: new Date(i),
  }));

  it('has the rows of each value, in their order, with all their values', async () => {
    await using partitions = await shuffle(rows, { by: 'city' });
    expect(await collect(partitions)).toEqual(grouped(rows, 'city'));
    expect(await partitions.get('absent')).toEqual([]);
    expect(partitions.schema).toBeUndefined();
  });

  it.each([
    ['hash', hash(['id', 'city'], 16)],
    ['range', range('at', [new Date(100), new Date(4000)])],
    ['a function', ({ id }: { readonly id?: unknown }) => Number(id) % 5],
  ])('by %s has every row once', async (_, by) => {
    await using partitions = await shuffle(
      (async function* () {
        yield* rows;
      })(),
      { by },
    );
    const all = [...(await collect(partitions)).values()].flat();
    expect(all.sort((a, b) => Number(a.id) - Number(b.id))).toEqual(rows);
  });

  it('goes into a store of the caller', async () => {
    await using into = Msgpack<(typeof rows)[number]>(File());
    await using partitions = await shuffle(rows, { by: 'city', into });
    expect(await into.get('city 1')).toEqual(await partitions.get('city 1'));
  });

  it('passes rows on when memory is due', async () => {
    const wide = Array.from({ length: 3000 }, (_, i) => ({ k: i % 500, text: 'x'.repeat(3000) }));
    await using partitions = await shuffle(wide, { by: 'k', memory: 2 ** 20 });
    expect(await collect(partitions)).toEqual(grouped(wide, 'k'));
  });
});

describe('a shuffle with a signal', () => {
  it('rejects with its reason, also while it waits for the source', async () => {
    const stuck = (async function* () {
      yield trips(10);
      await new Promise(() => {});
    })();
    const reason = new Error('enough');
    const abort = new AbortController();
    const shuffled = shuffle(stuck, { by: 'city', signal: abort.signal });
    setTimeout(() => abort.abort(reason), 20);
    await expect(shuffled).rejects.toBe(reason);
    const aborted = AbortSignal.abort(reason);
    await expect(shuffle(trips(10), { by: 'city', signal: aborted })).rejects.toBe(reason);
  });

  it('hears it between the batches of a source in memory, and closes the source', async () => {
    let closed = false;
    const endless = {
      *[Symbol.iterator]() {
        try {
          for (;;) yield trips(1000);
        } finally {
          closed = true;
        }
      },
    };
    const signal = AbortSignal.timeout(50);
    await expect(shuffle(endless, { by: 'city', signal })).rejects.toThrow(/timeout/);
    expect(closed).toBe(true);
  });
});
