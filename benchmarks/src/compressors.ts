import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Awaitable, type Batch, Dict, LZ4, Snappy, type Spec, Store, ZLib } from 'spillway';
import { megabytesPerSecond, peer } from './measure.js';
import type { Row } from './report.js';

const FLIGHTS = fileURLToPath(
  new URL('../data/flights-20k.json', import.meta.resolve('vega-datasets')),
);

const BLOCK = 65_536;

/** Each figure is the best of so many rounds, ours and theirs. */
const ROUNDS = 40;

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

/** Compressors on blocks of the flights as JSON: alone beside Python's bindings, and over Dict beside partd's. */
export async function compressors(): Promise<Row[]> {
  return [
    ...(await compare('LZ4', LZ4, 'lz4.block', 1)),
    ...(await compare('Snappy', Snappy, 'snappy', 1)),
    ...(await compare('ZLib', ZLib, 'zlib')),
  ];
}

async function compare(
  name: string,
  layer: (store: Store) => Store,
  module: string,
  target?: number,
): Promise<Row[]> {
  const theirs = peer<Figures>('compressors.py', module, FLIGHTS, BLOCK, ROUNDS);
  const alone = await measure(() => layer(new Hand()));
  const overDict = await measure(() => layer(Dict()));
  const row = (work: string, ours: number, peerName: string, figure: number): Row => ({
    work: `${name} ${work}`,
    unit: 'MB/s',
    ours,
    peerName,
    peer: figure,
    ...(target !== undefined && { target }),
  });
  const ratio = `${(await compressionRatio(layer)).toFixed(2)} : 1, theirs ${theirs.ratio.toFixed(2)} : 1`;
  return [
    { ...row('compress 64 KB', alone.append, `${module}.compress`, theirs.compress), note: ratio },
    row('decompress 64 KB', alone.get, `${module}.decompress`, theirs.decompress),
    row('over Dict, append 64 KB', overDict.append, 'partd', theirs.append),
    row('over Dict, get 64 KB', overDict.get, 'partd', theirs.get),
  ];
}

async function measure(open: () => Store): Promise<{ append: number; get: number }> {
  const entries = blocks();
  const keys = [...entries.keys()];
  const bytes = entries.size * BLOCK;
  const best = { append: 0, get: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    const store = open();
    const append = await megabytesPerSecond(bytes, () => store.append(entries));
    const get = await megabytesPerSecond(bytes, () => store.get(keys));
    best.append = Math.max(best.append, append);
    best.get = Math.max(best.get, get);
  }
  return best;
}

async function compressionRatio(layer: (store: Store) => Store): Promise<number> {
  const inner = Dict();
  const entries = blocks();
  await layer(inner).append(entries);
  const stored = await inner.get([...entries.keys()]);
  return (entries.size * BLOCK) / stored.reduce((sum, { length }) => sum + length, 0);
}

function blocks(): Map<string, Uint8Array> {
  const text = readFileSync(FLIGHTS);
  return new Map(
    Array.from({ length: Math.floor(text.length / BLOCK) }, (_, i) => [
      `block-${i}`,
      text.subarray(i * BLOCK, (i + 1) * BLOCK),
    ]),
  );
}

/** Holds what it was handed last, at no cost: what remains is the layer's. */
class Hand extends Store {
  #values: readonly Uint8Array[] = [];

  override spec(): Spec {
    return { name: 'Hand', args: [] };
  }

  protected override _append({ values }: Batch<Uint8Array>): void {
    this.#values = values;
  }

  protected override _get(): Awaitable<Uint8Array[]> {
    return [...this.#values];
  }

  protected override _has(): boolean {
    return false;
  }

  protected override _keys(): string[] {
    return [];
  }

  protected override _delete(): void {}

  protected override _drop(): void {}
}
