import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { leakFixture } from '@spillway/core/conformance';
import { tableFromArrays } from 'apache-arrow';
import { type Progress, shuffle } from '../src/index.js';
import { collect, grouped, plain, trips } from './data.js';
import { asText, csvFile, ipcFile, ndjsonFile, parquetFile, written } from './files.js';

const folder = mkdtempSync(join(tmpdir(), 'spillway-shuffle-'));
const table = trips(5000);
const byCity = grouped(plain(table), 'city');

afterAll(() => rmSync(folder, { recursive: true }));
leakFixture(async () => {
  await (await shuffle(parquetFile(folder, table), { by: 'city' })).close();
});

describe('a shuffle of files', () => {
  it('reads Parquet by row groups', async () => {
    const told: Progress[] = [];
    const onProgress = (progress: Progress) => told.push(progress);
    await using partitions = await shuffle(parquetFile(folder, table), { by: 'city', onProgress });
    expect(await collect(partitions)).toEqual(byCity);
    expect(told.map(({ rows }) => rows)).toEqual([1000, 2000, 3000, 4000, 5000]);
    expect(told.at(-1)).toEqual({ rows: 5000, total: 5000 });
  });

  it.each(['file', 'stream'] as const)('reads an Arrow IPC %s', async (form) => {
    const tables = [trips(2000), trips(3000, 7, 2000)];
    const several = tables.reduce((all, next) => all.concat(next));
    await using partitions = await shuffle(ipcFile(folder, several, form), { by: 'city' });
    expect(await collect(partitions)).toEqual(byCity);
  });

  it('reads several files, of several formats of tables', async () => {
    const first = parquetFile(folder, trips(2000));
    const second = ipcFile(folder, trips(3000, 7, 2000));
    await using partitions = await shuffle([first, second], { by: 'city' });
    expect(await collect(partitions)).toEqual(byCity);
  });

  it('reads CSV, all of it as text', async () => {
    const rows = asText(table);
    await using partitions = await shuffle(csvFile(folder, rows), {
      by: 'city',
    });
    expect(await collect(partitions)).toEqual(grouped(rows, 'city'));
  });

  it('reads quotes, line ends of both kinds and a byte order mark', async () => {
    const text = '\u{feff}k,v\r\n"a","x\r\ny, ""z"""\r\nb,\u2028\n\nb,last';
    const path = written(folder, 'odd.csv', text);
    await using partitions = await shuffle(path, { by: 'k' });
    expect(await partitions.get('a')).toEqual([{ k: 'a', v: 'x\r\ny, "z"' }]);
    expect(await partitions.get('b')).toEqual([
      { k: 'b', v: '\u2028' },
      { k: 'b', v: 'last' },
    ]);
  });

  it('reads a JSON object in each line, also of ragged rows', async () => {
    const rows = [
      { k: 'a', v: [1, { deep: null }] },
      { k: null, text: 'line \u2028 separator' },
      { k: 'a', only: true },
    ];
    const path = written(
      folder,
      'odd.jsonl',
      rows.map((row) => JSON.stringify(row)).join('\r\n\n'),
    );
    await using partitions = await shuffle(path, { by: 'k' });
    expect(await collect(partitions)).toEqual(grouped(rows, 'k'));
    await using more = await shuffle([ndjsonFile(folder, rows), path], { by: 'k' });
    expect(more.counts.get('a')).toBe(4);
  });

  it('keeps the schema of a file without rows', async () => {
    const empty = tableFromArrays({ k: new Int32Array(0) });
    for (const path of [parquetFile(folder, empty), ipcFile(folder, empty)]) {
      await using partitions = await shuffle(path, { by: 'k' });
      expect(partitions.counts.size).toBe(0);
      expect(partitions.schema?.names).toEqual(['k']);
      expect((await partitions.get('k')).numRows).toBe(0);
    }
  });
});

describe('a file that is cut off', () => {
  const rejection = (path: string) =>
    shuffle(path, { by: 'city' }).then(
      () => undefined,
      (error) => error,
    );

  it('is found at every length of Parquet, and named', async () => {
    const bytes = readFileSync(parquetFile(folder, trips(2500)));
    for (const length of [0, 3, 100, bytes.length >> 1, bytes.length - 9, bytes.length - 1]) {
      const path = written(folder, 'cut.parquet', bytes.subarray(0, length));
      expect(await rejection(path)).toMatchObject({ code: 'SPILLWAY_CORRUPT', path });
    }
  });

  it('is named with the row group where a page of Parquet is damaged', async () => {
    const bytes = readFileSync(parquetFile(folder, trips(2500)));
    // Past the first row group, before the footer.
    bytes.fill(0xff, bytes.length >> 1, (bytes.length >> 1) + 2000);
    const path = written(folder, 'damaged.parquet', bytes);
    expect(await rejection(path)).toMatchObject({
      code: 'SPILLWAY_CORRUPT',
      path,
      message: expect.stringMatching(/^row group [12] of the Parquet file/),
    });
  });

  it.each(['file', 'stream'] as const)(
    'is named with the byte for an Arrow IPC %s',
    async (form) => {
      const bytes = readFileSync(ipcFile(folder, trips(2500), form));
      for (const length of [6, 30, 500, bytes.length >> 1]) {
        const path = written(folder, 'cut.arrow', bytes.subarray(0, length));
        expect(await rejection(path)).toMatchObject({
          code: 'SPILLWAY_CORRUPT',
          path,
          offset: expect.any(Number),
          message: expect.stringContaining(`${path} is no whole Arrow IPC file`),
        });
      }
    },
  );

  it('is named with the line for CSV and JSON', async () => {
    const csv = 'id,city,fare\n1,a,2\n2,b\n3,c,4\n';
    expect(await rejection(written(folder, 'cut.csv', csv.slice(0, 23)))).toMatchObject({
      code: 'SPILLWAY_CORRUPT',
      message: expect.stringContaining('cut.csv, line 3'),
    });
    expect(await rejection(written(folder, 'quote.csv', 'id,city\n1,"a'))).toMatchObject({
      code: 'SPILLWAY_CORRUPT',
      message: expect.stringContaining('quote.csv, line 2'),
    });
    const json = '{"city":"a"}\n{"city":"b","x":';
    expect(await rejection(written(folder, 'cut.ndjson', json))).toMatchObject({
      code: 'SPILLWAY_CORRUPT',
      message: expect.stringContaining('cut.ndjson, line 2'),
    });
    expect(await rejection(written(folder, 'array.ndjson', '[1]'))).toMatchObject({
      code: 'SPILLWAY_CORRUPT',
      message: expect.stringContaining('array.ndjson, line 1: a row must be an object'),
    });
  });
});

describe('a file that', () => {
  it.each(['.parquet', '.arrow', '.csv', '.ndjson'])('is not there, %s, is named', async (end) => {
    const path = join(folder, `absent${end}`);
    await expect(shuffle(path, { by: 'k' })).rejects.toMatchObject({ code: 'ENOENT', path });
  });

  it('has two columns of one name is refused', async () => {
    const path = written(folder, 'twice.csv', 'k,v,k\n1,2,3\n');
    await expect(shuffle(path, { by: 'k' })).rejects.toMatchObject({
      code: 'SPILLWAY_SCHEMA',
      field: 'k',
    });
  });

  it('has another extension, or rows where there are tables, is refused', async () => {
    await expect(shuffle('table.xlsx', { by: 'k' })).rejects.toThrow(/files that end in .parquet/);
    await expect(shuffle(['a.csv', 'b.parquet'], { by: 'k' })).rejects.toThrow(TypeError);
  });
});
