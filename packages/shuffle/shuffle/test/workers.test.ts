import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { Arrow } from '@spillway/arrow';
import { Chaos, leakFixture } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import { type Table, tableFromArrays } from 'apache-arrow';
import { hash, type Progress, range, shuffle } from '../src/index.js';
import { collect, grouped, type PlainRow, plain, sorted, trips } from './data.js';
import { asText, csvFile, parquetFile, written } from './files.js';

const folder = mkdtempSync(join(tmpdir(), 'spillway-shuffle-'));
const table = trips(20_000);
const rows = plain(table);
const byCity = grouped(rows, 'city');

afterAll(() => rmSync(folder, { recursive: true }));
leakFixture(async () => {
  await (await shuffle(trips(10), { by: 'city', workers: 2 })).close();
  await (await shuffle(parquetFile(folder, table), { by: 'city' })).close();
});

describe('a shuffle with workers', () => {
  it.each<[string, () => Table[] | `${string}.parquet`]>([
    ['tables', () => [trips(5000), trips(15_000, 7, 5000)]],
    ['row groups of a Parquet file', () => parquetFile(folder, table, 1500)],
  ])('has the same partitions, from %s', async (_, source) => {
    let told: Progress | undefined;
    await using partitions = await shuffle(source(), {
      by: 'city',
      workers: 2,
      onProgress: (progress) => {
        told = progress;
      },
    });
    expect(sorted(await collect(partitions), 'id')).toEqual(sorted(grouped(rows, 'city'), 'id'));
    expect(partitions.counts.get('city 3')).toBe(grouped(rows, 'city').get('city 3')?.length);
    expect(partitions.schema?.names).toEqual(['id', 'city', 'fare']);
    expect(told?.rows).toBe(20_000);
  });

  it('has the same partitions, from files of rows and from rows', async () => {
    const texts = asText(table);
    const path = csvFile(folder, texts);
    await using partitions = await shuffle([path, path], { by: 'city', workers: 2 });
    const twice = grouped([...texts, ...texts], 'city');
    expect(sorted(await collect(partitions), 'id')).toEqual(sorted(twice, 'id'));
    await using fromRows = await shuffle(rows, { by: hash('id', 4), workers: 2 });
    expect([...(await collect(fromRows)).values()].flat()).toHaveLength(rows.length);
  });

  it('appends to a store that is given, behind what is there, and leaves it open', async () => {
    await using into = Arrow(Dict());
    const options = { by: 'city', workers: 2, into } as const;
    const first = await shuffle([trips(5000), trips(15_000, 7, 5000)], options);
    expect(sorted(await collect(first), 'id')).toEqual(sorted(grouped(rows, 'city'), 'id'));
    await first.close();
    await (await shuffle(parquetFile(folder, table, 1500), options)).close();
    const twice = sorted(grouped([...rows, ...rows], 'city'), 'id');
    const stored = new Map<string, PlainRow[]>();
    for await (const [key, part] of into.entries()) stored.set(key, plain(part));
    expect(sorted(stored, 'id')).toEqual(twice);
  });

  it('unifies what the workers found', async () => {
    const narrow = tableFromArrays({ k: Int16Array.of(1, 2), v: Int8Array.of(3, 4) });
    const wide = tableFromArrays({ v: Int32Array.of(5, 6), k: Int16Array.of(1, 2) });
    const by = range('k', [2]);
    await using partitions = await shuffle([narrow, wide], { by, workers: 2 });
    expect(partitions.counts).toEqual(
      new Map([
        ['0', 2],
        ['1', 2],
      ]),
    );
    const fields = partitions.schema?.fields.map(({ name, type }) => `${name} ${type}`);
    expect(fields?.sort()).toEqual(['k Int16', 'v Int32']);
    const values = plain(await partitions.get('0')).map(({ v }) => v);
    expect(values.sort()).toEqual([3, 5]);
  });
});

describe('a shuffle of Parquet whose caller is slow', () => {
  const options = { by: 'city', workers: 3, memory: 2 ** 20 } as const;

  it('is handed over to threads that split', async () => {
    const more = dawdling();
    let most = 0;
    let told = 0;
    const onProgress = ({ rows }: Progress) => {
      most = Math.max(most, more());
      told = rows;
    };
    const path = parquetFile(folder, table, 200);
    await using partitions = await shuffle(path, { ...options, onProgress });
    expect(sorted(await collect(partitions), 'id')).toEqual(sorted(byCity, 'id'));
    expect(partitions.counts).toEqual(rowsOf(byCity));
    expect(partitions.schema?.names).toEqual(['id', 'city', 'fare']);
    expect(told).toBe(20_000);
    if (threads() > 0) expect(most).toBeGreaterThanOrEqual(SPLITTING);
  });

  it('ends with the error of a thread that took over', async () => {
    const good = parquetFile(folder, table, 200);
    const path = written(folder, 'damaged.parquet', damaged(readFileSync(good)));
    const shuffled = shuffle([good, path], { ...options, onProgress: dawdling() });
    await expect(shuffled).rejects.toMatchObject(damage(path));
  });

  it('can be ended while threads load', async () => {
    const abort = new AbortController();
    const more = dawdling();
    const onProgress = ({ rows }: Progress) => {
      if (more() >= SPLITTING || rows === 20_000) abort.abort();
    };
    const path = parquetFile(folder, table, 200);
    const shuffled = shuffle(path, { ...options, onProgress, signal: abort.signal });
    await expect(shuffled).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('a failure in one worker', () => {
  it('ends the job with its error: damage in a file', async () => {
    const good = parquetFile(folder, table, 1500);
    const path = written(folder, 'damaged.parquet', damaged(readFileSync(good)));
    const shuffled = shuffle([good, path], { by: 'city', workers: 2 });
    await expect(shuffled).rejects.toMatchObject(damage(path));
  });

  it('ends the job with its error: a missing column', async () => {
    await expect(shuffle([table, trips(10)], { by: 'town', workers: 2 })).rejects.toMatchObject({
      code: 'SPILLWAY_SCHEMA',
      field: 'town',
    });
  });

  it('ends the job with its error: a store that fails', async () => {
    await using chaos = Chaos(Dict());
    const into = Arrow(chaos);
    chaos.inject({ on: 'append', harm: 'fail' });
    await expect(shuffle([table], { by: 'city', workers: 2, into })).rejects.toMatchObject({
      name: 'StorageError',
    });
  });

  it('ends the job with its error: a callback that throws', async () => {
    const onProgress = () => {
      throw new RangeError('no more');
    };
    await expect(shuffle([table], { by: 'city', workers: 2, onProgress })).rejects.toThrow(
      'no more',
    );
  });
});

describe('a signal', () => {
  it('ends the workers', async () => {
    const abort = new AbortController();
    const endless = (function* () {
      for (;;) yield table;
    })();
    let told = 0;
    const shuffled = shuffle(endless, {
      by: 'city',
      workers: 2,
      signal: abort.signal,
      onProgress: () => {
        if (++told === 5) abort.abort();
      },
    });
    await expect(shuffled).rejects.toMatchObject({ name: 'AbortError' });
  });
});

/** A Parquet file that is damaged in the middle. */
function damaged(bytes: Buffer): Buffer {
  return bytes.fill(0xff, bytes.length >> 1, (bytes.length >> 1) + 3000);
}

function damage(path: string) {
  return {
    code: 'SPILLWAY_CORRUPT',
    path,
    message: expect.stringMatching(/^row group \d+ of the Parquet file/),
  };
}

/** One thread that reads, and three that split. */
const SPLITTING = 4;

/** Holds the caller's thread up, above all until threads that split have started; gives how many threads more there are. */
function dawdling(): () => number {
  const before = threads();
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  return () => {
    const more = threads() - before;
    Atomics.wait(sleeper, 0, 0, before > 0 && more < SPLITTING ? 100 : 20);
    return more;
  };
}

/** How many threads this process has, where the system tells. */
function threads(): number {
  return existsSync('/proc/self/task') ? readdirSync('/proc/self/task').length : 0;
}

function rowsOf(groups: ReadonlyMap<string, readonly unknown[]>): Map<string, number> {
  return new Map([...groups].map(([key, { length }]) => [key, length]));
}
