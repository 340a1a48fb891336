import { Buffer, Dict, File } from 'spillway';
import { median, megabytesPerSecond, peer, withDirectory } from './measure.js';
import type { Row } from './report.js';

const RUNS = 5;

/** `keys` values of `size` bytes, as a caller would hand them over. */
export function batch(keys: number, size: number): Map<string, Uint8Array> {
  return new Map(
    Array.from({ length: keys }, (_, i) => [`key-${i}`, new Uint8Array(size).fill(7)] as const),
  );
}

/** Dict, File and Buffer beside partd's. */
export async function stores(): Promise<Row[]> {
  return [
    ...(await dict()),
    await file(1000, 100, 50, 5),
    await file(16, 65_536, 100, 2),
    await buffer(),
  ];
}

async function dict(): Promise<Row[]> {
  const [keys, size, calls] = [1000, 100, 200];
  const entries = batch(keys, size);
  const bytes = keys * size * calls;
  await using store = Dict();
  const append = async () => {
    await store.drop();
    return megabytesPerSecond(bytes, async () => {
      for (let call = 0; call < calls; call++) await store.append(entries);
    });
  };
  const get = async () => {
    await append();
    return megabytesPerSecond(bytes, () => store.get([...entries.keys()]));
  };
  const theirs = peer<{ append: number; get: number }>('stores.py', 'dict', keys, size, calls);
  return [
    {
      work: 'Dict append 1,000 × 100 B',
      unit: 'MB/s',
      ours: await median(3 * RUNS, append),
      target: 1000,
      note: `partd.Dict ${theirs.append.toFixed(0)}`,
    },
    {
      work: 'Dict get of all',
      unit: 'MB/s',
      ours: await median(3 * RUNS, get),
      target: 2000,
      note: `partd.Dict ${theirs.get.toFixed(0)}`,
    },
  ];
}

async function file(keys: number, size: number, calls: number, target: number): Promise<Row> {
  const entries = batch(keys, size);
  const ours = await median(RUNS, () =>
    withDirectory(async (path) => {
      await using store = File(path);
      // Making files is the file system's work, and the same for both.
      await store.append(entries);
      return await megabytesPerSecond(keys * size * calls, async () => {
        for (let call = 0; call < calls; call++) await store.append(entries);
      });
    }),
  );
  const theirs = await median(3, async () => peer('stores.py', 'file', keys, size, calls));
  const work = `File append ${keys.toLocaleString('en')} × ${size.toLocaleString('en')} B`;
  return { work, unit: 'MB/s', ours, peerName: 'partd.File', peer: theirs, target };
}

async function buffer(): Promise<Row> {
  const [keys, size, memory] = [1000, 100, 16_000_000];
  const calls = (20 * memory) / (keys * size);
  const entries = batch(keys, size);
  const before = process.memoryUsage.rss();
  let peak = before;
  const ours = await median(3, () =>
    withDirectory(async (path) => {
      await using store = Buffer(Dict(), File(path), { availableMemory: memory });
      await store.append(entries);
      await store.flush();
      return await megabytesPerSecond(keys * size * calls, async () => {
        for (let call = 0; call < calls; call++) {
          await store.append(entries);
          if (call % 10 === 0) peak = Math.max(peak, process.memoryUsage.rss());
        }
        await store.flush();
      });
    }),
  );
  const theirs = peer('stores.py', 'buffer', keys, size, calls, memory);
  const note = `peak memory ${((peak - before) / 1e6).toFixed(0)} MB over the start, budget ${memory / 1e6} MB`;
  const work = 'Buffer(Dict, File) append 1,000 × 100 B, 20 × its memory';
  return { work, unit: 'MB/s', ours, peerName: 'partd.Buffer', peer: theirs, target: 3, note };
}
