import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DirDB } from 'spillway';
import { median, megabytesPerSecond, peer, seconds, withDirectory } from './measure.js';
import type { Row } from './report.js';

const RUNS = 7;
const BYTES = 64 * 2 ** 20;
const ENTRIES = 1000;

/** DirDB beside plain files, and beside NumPy's. */
export async function dirdb(): Promise<Row[]> {
  return [...(await largeArrays()), await metadata()];
}

async function largeArrays(): Promise<Row[]> {
  const array = new Float64Array(BYTES / 8).map((_, i) => i);
  const bytes = new Uint8Array(array.buffer);
  return withDirectory(async (path) => {
    await using db = DirDB<Float64Array>(join(path, 'db'));
    const entry = db.entry('large');
    const file = join(path, 'plain');
    // One after the other, as a disk is now faster, now slower.
    const figures = { put: [], writePlain: [], get: [], readPlain: [] } as {
      [work: string]: number[];
    };
    const time = async (work: string, run: () => Promise<unknown>) => {
      figures[work]?.push(await megabytesPerSecond(BYTES, run));
    };
    for (let run = 0; run < RUNS; run++) {
      await time('put', () => entry.putData(array));
      await time('writePlain', () => writeDurably(file, bytes));
      await time('get', () => entry.getData());
      await time('readPlain', () => readFile(file));
    }
    const middle = (work: string) => figures[work]?.sort((a, b) => a - b)[RUNS >> 1] as number;
    const numpy = peer<{ put: number; get: number }>('dirdb.py', path, BYTES, RUNS);
    const put = { work: 'DirDB put 64 MiB', unit: 'MB/s', ours: middle('put') } as const;
    const get = { work: 'DirDB get 64 MiB', unit: 'MB/s', ours: middle('get') } as const;
    return [
      { ...put, peerName: 'writeFile, fsync', peer: middle('writePlain'), target: 0.8 },
      { ...put, peerName: 'numpy.save, fsync', peer: numpy.put },
      { ...get, peerName: 'readFile', peer: middle('readPlain'), target: 0.8 },
      { ...get, peerName: 'numpy.load', peer: numpy.get },
    ];
  });
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(path, 'w');
  await handle.writeFile(bytes);
  await handle.sync();
  await handle.close();
}

function metadata(): Promise<Row> {
  return withDirectory(async (path) => {
    await using db = DirDB<Float64Array, { mean: number }>(path);
    const array = new Float64Array(2 ** 14);
    for (let i = 0; i < ENTRIES; i++) {
      await db.entry(`entry ${i}`).putData(array, { meta: { mean: i } });
    }
    const rate = (withData: boolean) =>
      median(RUNS, async () => {
        let found = 0;
        const time = await seconds(async () => {
          for await (const entry of db) {
            if (withData) await entry.getData();
            if (await entry.readMeta()) found++;
          }
        });
        if (found !== ENTRIES) throw new Error(`${found} entries with metadata`);
        return ENTRIES / time;
      });
    return {
      work: 'DirDB metadata of 1,000 entries',
      unit: 'keys/s',
      ours: await rate(false),
      peerName: 'with 128 KiB of data each',
      peer: await rate(true),
      target: 3,
    };
  });
}
