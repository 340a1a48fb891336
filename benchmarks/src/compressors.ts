import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Blosc, BZ2, Dict, LZ4, Snappy, type Store, ZLib, Zstd } from 'spillway';
import { type Data, flights, valuesOf } from './compressors-data.js';
import { Hand } from './hand.js';
import { megabytesPerSecond, peer, withDirectory } from './measure.js';
import type { Row } from './report.js';

/** What `peers/compressors.py` prints, in megabytes a second of what isn't compressed. */
interface Figures {
  readonly compress: number;
  readonly decompress: number;
  /** By way of partd's layer over its Dict. */
  readonly append: number;
  readonly get: number;
  /** Bytes in for each byte out. */
  readonly ratio: number;
}

interface Contest {
  readonly name: string;
  readonly layer: (store: Store) => Store;
  /** The module of Python's binding. */
  readonly module: string;
  readonly data: Data['name'];
  /** Bytes of all values, and runs of which the best counts, ours and theirs. */
  readonly total: number;
  readonly rounds: number;
  readonly target: number;
}

const CONTESTS: readonly Contest[] = [
  contest('LZ4', LZ4, 'lz4.block', 1),
  contest('Snappy', Snappy, 'snappy', 1),
  contest('ZLib', ZLib, 'zlib', 1),
  contest('Zstd', Zstd, 'zstandard', 0.7),
  contest('BZ2', BZ2, 'bz2', 0.7),
  { ...contest('Blosc', Blosc, 'blosc', 0.7), data: 'TypedArray' },
];

function contest(name: string, layer: Contest['layer'], module: string, target: number): Contest {
  const slow = name === 'BZ2' || name === 'ZLib';
  const size = slow ? { total: 2 ** 22, rounds: 5 } : { total: 2 ** 23, rounds: 30 };
  return { name, layer, module, data: 'JSON', target, ...size };
}

const SIZES: readonly (readonly [string, number])[] = [
  ['64 KB', 2 ** 16],
  ['1 MB', 2 ** 20],
];

/** Compressors on the flights: alone beside Python's bindings, and over Dict beside partd's. */
export async function compressors(): Promise<Row[]> {
  const data = await flights();
  const rows: Row[] = [];
  for (const contest of CONTESTS) {
    const bytes = data.find(({ name }) => name === contest.data) as Data;
    for (const [label, size] of SIZES) rows.push(...(await compare(contest, bytes, label, size)));
  }
  return rows;
}

async function compare(
  { name, layer, module, total, rounds, target }: Contest,
  data: Data,
  label: string,
  size: number,
): Promise<Row[]> {
  const values = valuesOf(data, size, total);
  const theirs = await withDirectory(async (path) => {
    const file = join(path, 'values');
    writeFileSync(file, Buffer.concat([...values.values()]));
    return peer<Figures>('compressors.py', module, file, size, rounds);
  });
  const alone = await measure(() => layer(new Hand()), values, rounds);
  const overDict = await measure(() => layer(Dict()), values, rounds);
  const hand = new Hand();
  await layer(hand).append(values);
  const ratio = `${((values.size * size) / hand.bytes).toFixed(2)} : 1, theirs ${theirs.ratio.toFixed(2)} : 1`;
  const row = (work: string, ours: number, peerName: string, figure: number): Row => ({
    work: `${name} ${work}`,
    unit: 'MB/s',
    ours,
    peerName,
    peer: figure,
    target,
  });
  return [
    {
      ...row(`compress ${label}`, alone.append, `${module}.compress`, theirs.compress),
      note: ratio,
    },
    row(`decompress ${label}`, alone.get, `${module}.decompress`, theirs.decompress),
    row(`over Dict, append ${label}`, overDict.append, 'partd', theirs.append),
    row(`over Dict, get ${label}`, overDict.get, 'partd', theirs.get),
  ];
}

/** The best of several rounds, in megabytes a second. */
export async function measure(
  open: () => Store,
  values: ReadonlyMap<string, Uint8Array>,
  rounds: number,
): Promise<{ append: number; get: number }> {
  const keys = [...values.keys()];
  const bytes = [...values.values()].reduce((sum, { length }) => sum + length, 0);
  const best = { append: 0, get: 0 };
  for (let round = 0; round < rounds; round++) {
    const store = open();
    const append = await megabytesPerSecond(bytes, () => store.append(values));
    const get = await megabytesPerSecond(bytes, () => store.get(keys));
    best.append = Math.max(best.append, append);
    best.get = Math.max(best.get, get);
  }
  return best;
}
