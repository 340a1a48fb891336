import { Blosc, BZ2, LZ4, Snappy, type Store, ZLib, Zstd } from 'spillway';
import { type Data, flights, valuesOf } from './compressors-data.js';
import { Hand } from './hand.js';
import { seconds } from './measure.js';
import type { Row } from './report.js';

const LAYERS: readonly (readonly [string, (store: Store) => Store, Data['name']])[] = [
  ['LZ4', LZ4, 'JSON'],
  ['Snappy', Snappy, 'JSON'],
  ['ZLib', ZLib, 'JSON'],
  ['Zstd', Zstd, 'JSON'],
  ['BZ2', BZ2, 'JSON'],
  ['Blosc', Blosc, 'TypedArray'],
];

const SIZES: readonly (readonly [string, number])[] = [
  ['64 KB', 2 ** 16],
  ['1 MB', 2 ** 20],
  ['16 MB', 2 ** 24],
];

const ROUNDS = 5;

/**
 * Many values in one call, which the thread pool works on side by side, beside one call for each, and the longest time
 * that the event loop stood still meanwhile.
 */
export async function compressorThreads(): Promise<Row[]> {
  const data = await flights();
  const rows: Row[] = [];
  for (const [name, layer, form] of LAYERS) {
    const bytes = data.find((one) => one.name === form) as Data;
    for (const [label, size] of SIZES) {
      const total = name === 'BZ2' ? 2 ** 23 : 2 ** 25;
      const values = [...valuesOf(bytes, size, total)];
      rows.push(
        ...(await atOnceAndInTurn(layer, values, `${name} %, ${values.length} × ${label}`)),
      );
    }
  }
  return rows;
}

async function atOnceAndInTurn(
  layer: (store: Store) => Store,
  values: readonly (readonly [string, Uint8Array])[],
  work: string,
): Promise<Row[]> {
  const bytes = values.reduce((sum, [, { length }]) => sum + length, 0);
  const keys = values.map(([key]) => key);
  const whole = layer(new Hand());
  const single = values.map((value) => ({ store: layer(new Hand()), value }));
  const cases: Record<'append' | 'get', readonly [() => Promise<unknown>, () => Promise<void>]> = {
    append: [
      () => whole.append(values),
      async () => {
        for (const { store, value } of single) await store.append([value]);
      },
    ],
    get: [
      () => whole.get(keys),
      async () => {
        for (const { store, value } of single) await store.get(value[0]);
      },
    ],
  };
  const rows: Row[] = [];
  for (const [call, [atOnce, inTurn]] of Object.entries(cases)) {
    const best = {
      atOnce: Number.POSITIVE_INFINITY,
      inTurn: Number.POSITIVE_INFINITY,
      still: Number.POSITIVE_INFINITY,
    };
    for (let round = 0; round < ROUNDS; round++) {
      best.atOnce = Math.min(best.atOnce, await seconds(atOnce));
      best.still = Math.min(best.still, await stillness(atOnce));
      best.inTurn = Math.min(best.inTurn, await seconds(inTurn));
    }
    rows.push({
      work: work.replace('%', call),
      unit: 'MB/s',
      ours: bytes / 1e6 / best.atOnce,
      peerName: 'one after another',
      peer: bytes / 1e6 / best.inTurn,
      ...(values.length > 1 && { target: 1.6 }),
      note: `event loop still for ${best.still.toFixed(1)} ms at most`,
    });
  }
  return rows;
}

/** For how long the event loop kept a timer of a millisecond waiting while `work` is done, in milliseconds. */
async function stillness(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last - 1);
    last = now;
  }, 1);
  await work();
  await new Promise((resolve) => setTimeout(resolve, 2));
  clearInterval(timer);
  return longest;
}
