import { fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Log } from 'spillway';
import { type Appender, appendFiles, appendRate, classicLevel, lmdb } from './log-peers.js';
import { median, megabytesPerSecond, peer, seconds, withDirectory } from './measure.js';
import type { Row } from './report.js';
import { batch } from './stores.js';

const RUNS = 5;

/** Log beside partd's File, LMDB, LevelDB and plain writes. */
export async function log(): Promise<Row[]> {
  return [
    ...(await smallAppends()),
    await largeAppends(),
    await twoProcesses(),
    await reading(1000, 100, 10_000, 500),
    await reading(1000, 65_536, 16, 1500),
    await opening(1_000_000),
    await opening(10_000_000),
  ];
}

async function openLog(path: string): Promise<Appender> {
  const store = Log(path);
  return { append: (entries) => store.append(entries), close: () => store.close() };
}

async function smallAppends(): Promise<Row[]> {
  const [keys, size] = [1000, 100];
  const entries = batch(keys, size);
  const rate = (calls: number, make: (path: string) => Promise<Appender>) =>
    median(RUNS, () => appendRate(entries, calls, make));
  const ours = await rate(3000, openLog);
  const row = { work: 'Log append 1,000 × 100 B', unit: 'MB/s', ours } as const;
  const theirs = await median(3, async () => peer('stores.py', 'file', keys, size, 50));
  const buffer = await median(3, async () =>
    peer('stores.py', 'buffer', keys, size, 3200, 16_000_000),
  );
  return [
    { ...row, target: 1000 },
    { ...row, peerName: 'partd.File', peer: theirs, target: 100 },
    { ...row, peerName: 'partd.Buffer', peer: buffer },
    { ...row, peerName: 'lmdb', peer: await rate(200, lmdb), target: 10 },
    { ...row, peerName: 'classic-level', peer: await rate(300, classicLevel), target: 10 },
    { ...row, peerName: 'appendFileSync', peer: await rate(20, appendFiles) },
  ];
}

async function largeAppends(): Promise<Row> {
  const entries = batch(16, 65_536);
  const calls = 400;
  const plain = async (path: string): Promise<Appender> => {
    const fd = openSync(join(path, 'plain'), 'w');
    const bytes = new Uint8Array(16 * 65_536).fill(7);
    return { append: () => writeSync(fd, bytes), close: () => closeSync(fd) };
  };
  const figures: { ours: number; plain: number }[] = [];
  for (let run = 0; run < RUNS; run++) {
    figures.push({
      ours: await appendRate(entries, calls, openLog),
      plain: await appendRate(entries, calls, plain),
    });
  }
  const middle = (of: 'ours' | 'plain') =>
    figures.map((figure) => figure[of]).sort((a, b) => a - b)[RUNS >> 1] as number;
  return {
    work: 'Log append 16 × 65,536 B',
    unit: 'MB/s',
    ours: middle('ours'),
    peerName: 'plain writes',
    peer: middle('plain'),
    target: 0.9,
  };
}

async function twoProcesses(): Promise<Row> {
  const rate = (kind: string, processes: number) =>
    median(RUNS, () => appendTogether(kind, processes));
  const bound = (await rate('plain', 2)) / (await rate('plain', 1));
  return {
    work: 'Log append 1,000 × 100 B, two processes',
    unit: 'MB/s',
    ours: await rate('log', 2),
    peerName: 'one process',
    peer: await rate('log', 1),
    target: 1.5,
    note: `plain writes of two processes to a file each: ${bound.toFixed(2)} × one's`,
  };
}

function appendTogether(kind: string, processes: number): Promise<number> {
  const [keys, size, calls] = [1000, 100, 3000];
  const script = fileURLToPath(new URL('./append-together.js', import.meta.url));
  return withDirectory(async (path) => {
    const args = [kind, path, ...[keys, size, calls].map(String)];
    const children = Array.from({ length: processes }, () => fork(script, args));
    const exited = children.map((child) => once(child, 'exit'));
    await Promise.all(children.map((child) => once(child, 'message')));
    const rate = await megabytesPerSecond(keys * size * calls * processes, () =>
      Promise.all(
        children.map((child) => {
          child.send('go');
          return once(child, 'message');
        }),
      ),
    );
    await Promise.all(exited);
    return rate;
  });
}

async function reading(keys: number, size: number, calls: number, target: number): Promise<Row> {
  const entries = batch(keys, size);
  const bytes = keys * size * calls;
  const ours = await withDirectory(async (path) => {
    await using store = Log(path);
    for (let call = 0; call < calls; call++) await store.append(entries);
    await store.has('key-0');
    return await median(RUNS, () =>
      megabytesPerSecond(bytes, async () => {
        let read = 0;
        for await (const [, value] of store.entries()) read += value.length;
        if (read !== bytes) throw new Error(`read ${read} of ${bytes} bytes`);
      }),
    );
  });
  const work = `Log read all, ${(bytes / 1e9).toFixed(1)} GB in pieces of ${size.toLocaleString('en')} B`;
  return { work, unit: 'MB/s', ours, target };
}

async function opening(pieces: number): Promise<Row> {
  const [keys, size] = [1000, 1000];
  const entries = batch(keys, size);
  let memory = 0;
  const time = await withDirectory(async (path) => {
    {
      await using store = Log(path);
      for (let call = 0; call < pieces / keys; call++) await store.append(entries);
    }
    return median(3, async () => {
      globalThis.gc?.();
      const before = process.memoryUsage();
      await using store = Log(path);
      const took = await seconds(() => store.has('key-0'));
      const after = process.memoryUsage();
      memory = after.arrayBuffers + after.heapUsed - before.arrayBuffers - before.heapUsed;
      return took;
    });
  });
  return {
    work: `Log open, ${pieces.toLocaleString('en')} pieces, ${(pieces * size) / 1e9} GB`,
    unit: 'pieces/s',
    ours: pieces / time,
    target: 5_000_000,
    note: `${(time * 1000).toFixed(0)} ms, ${(memory / pieces).toFixed(1)} B of memory a piece`,
  };
}
