import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type LazyDict, type LazyList, OOCMap } from 'spillway';
import { median, peer, seconds, withDirectory } from './measure.js';
import { lmdbMsgpack, type RowStore, sqlite } from './oocmap-peers.js';
import type { Row } from './report.js';

const RUNS = 5;
const MILLION = 1_000_000;
const FLIGHTS = fileURLToPath(
  new URL('../data/flights-200k.json', import.meta.resolve('vega-datasets')),
);

/** OOCMap beside memory, lmdb with msgpack, better-sqlite3, lines of JSON, and Python's oocmap if it is there. */
export async function oocmap(): Promise<Row[]> {
  return [
    ...(await members(10)),
    ...(await members(1000)),
    ...(await members(100_000)),
    ...(await writing()),
    ...(await readingRows()),
    ...(await iterating()),
  ];
}

/** Random members of one container, again and again. */
async function members(size: number): Promise<Row[]> {
  const indices = scattered(200_000, size);
  const list = Array.from({ length: size }, (_, i) => i * 1.5);
  const dict = new Map(list.map((value, i) => [`key ${i}`, value]));
  const names = [...dict.keys()];
  const rate = (reads: number, get: (index: number) => number | undefined) =>
    median(RUNS, async () => {
      let sum = 0;
      const time = await seconds(() => {
        for (let i = 0; i < reads; i++) sum += get(indices[i] as number) as number;
      });
      if (Number.isNaN(sum)) throw new Error('a member is no number');
      return reads / time;
    });
  return withDirectory(async (directory) => {
    const map = OOCMap(join(directory, 'map'));
    map.set('list', list).set('dict', dict);
    await map.flushed;
    const lazyList = map.get('list') as LazyList<number>;
    const lazyDict = map.get('dict') as LazyDict<string, number>;
    const lmdb = lmdbMsgpack(directory, false);
    lmdb.put('list', list);
    lmdb.put('dict', Object.fromEntries(dict));
    const whole = Math.min(200_000, Math.ceil(2e6 / size));
    const all = indices.length;
    const inList = await rate(all, (i) => lazyList.at(i));
    const inDict = await rate(all, (i) => lazyDict.get(names[i] as string));
    const target = size >= 1000 ? { target: 10 } : {};
    const work = (kind: string) => `OOCMap random member, ${kind} of ${size.toLocaleString('en')}`;
    const unit = 'keys/s';
    const python = peer<number | null>('oocmap_peer.py', 'member', size, 20_000);
    const rows: Row[] = [
      {
        work: work('list'),
        unit,
        ours: inList,
        peerName: 'lmdb + msgpack, whole',
        peer: await rate(whole, (i) => lmdb.get<number[]>('list')[i]),
        ...target,
      },
      {
        work: work('list'),
        unit,
        ours: inList,
        peerName: 'array in memory',
        peer: await rate(all, (i) => list[i]),
      },
      ...(python === null
        ? []
        : [
            {
              work: work('list'),
              unit,
              ours: inList,
              peerName: 'oocmap in Python',
              peer: python,
            } as const,
          ]),
      {
        work: work('dict'),
        unit,
        ours: inDict,
        peerName: 'lmdb + msgpack, whole',
        peer: await rate(
          whole,
          (i) => lmdb.get<Record<string, number>>('dict')[names[i] as string],
        ),
        ...target,
      },
      {
        work: work('dict'),
        unit,
        ours: inDict,
        peerName: 'Map in memory',
        peer: await rate(all, (i) => dict.get(names[i] as string)),
      },
    ];
    lmdb.close();
    map.close();
    return rows;
  });
}

/** The flights as they come: `{ delay, distance, time }`. */
const flights = (): { delay: number; distance: number; time: number }[] =>
  JSON.parse(readFileSync(FLIGHTS, 'utf8'));

/** The flights with an object within each. */
const nested = () =>
  flights().map(({ delay, distance, time }, number) => ({
    number,
    delay,
    route: { distance, time },
  }));

async function writing(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name, data] of [
    ['flights', flights()],
    ['flights with an object in each', nested()],
  ] as const) {
    const rate = (make: (directory: string) => RowStore | undefined) =>
      median(RUNS, () =>
        withDirectory(async (directory) => {
          const store = make(directory);
          if (store === undefined) return Number.NaN;
          const time = await seconds(() => store.write(data));
          store.close();
          return data.length / time;
        }),
      );
    const unit = 'rows/s';
    const keyed = await rate(keyedMap);
    const listed = await rate(listMap);
    const theirs = await rate(sqlite);
    const lmdb = await rate(lmdbMsgpack);
    const work = (how: string) => `OOCMap write 200,000 ${name}, ${how}`;
    const python = peer<number | null>('oocmap_peer.py', 'write', FLIGHTS);
    if (!Number.isNaN(theirs))
      rows.push(
        {
          work: work('one list'),
          unit,
          ours: listed,
          peerName: 'better-sqlite3',
          peer: theirs,
          target: 1,
        },
        {
          work: work('by key'),
          unit,
          ours: keyed,
          peerName: 'better-sqlite3',
          peer: theirs,
          target: 1,
        },
      );
    rows.push({ work: work('by key'), unit, ours: keyed, peerName: 'lmdb + msgpack', peer: lmdb });
    if (python !== null && name === 'flights')
      rows.push({
        work: work('one list'),
        unit,
        ours: listed,
        peerName: 'oocmap in Python',
        peer: python,
      });
  }
  return rows;
}

function keyedMap(directory: string): RowStore {
  const map = OOCMap<number, object>(join(directory, 'map'));
  return {
    write: (rows) =>
      map.transaction(() => {
        for (let i = 0; i < rows.length; i++) map.set(i, rows[i] as object);
      }),
    read: (number) => ({
      delay: (map.get(number) as LazyDict<string, number>).get('delay') as number,
    }),
    close: () => map.close(),
  };
}

function listMap(directory: string): RowStore {
  const map = OOCMap<string, readonly object[]>(join(directory, 'map'));
  return {
    write: (rows) => map.transaction(() => void map.set('flights', rows)),
    read: () => ({ delay: 0 }),
    close: () => map.close(),
  };
}

/** A member of a random row of 200,000. */
async function readingRows(): Promise<Row[]> {
  const rows = flights();
  const indices = scattered(50_000, rows.length);
  const rate = (make: (directory: string) => RowStore | undefined) =>
    withDirectory(async (directory) => {
      const store = make(directory);
      if (store === undefined) return Number.NaN;
      store.write(rows);
      const figure = await median(RUNS, async () => {
        let sum = 0;
        const time = await seconds(() => {
          for (const index of indices) sum += store.read(index).delay;
        });
        if (Number.isNaN(sum)) throw new Error('a row has no delay');
        return indices.length / time;
      });
      store.close();
      return figure;
    });
  const ours = await rate(keyedMap);
  const row = {
    work: 'OOCMap one member of a random row of 200,000',
    unit: 'keys/s',
    ours,
  } as const;
  const theirs = await rate(sqlite);
  return [
    { ...row, peerName: 'lmdb + msgpack', peer: await rate(lmdbMsgpack) },
    ...(Number.isNaN(theirs) ? [] : [{ ...row, peerName: 'better-sqlite3', peer: theirs }]),
  ];
}

async function iterating(): Promise<Row[]> {
  const list = Array.from({ length: MILLION }, (_, i) => i * 1.5);
  return withDirectory(async (directory) => {
    const map = OOCMap(join(directory, 'map'));
    map.set('list', list);
    await map.flushed;
    const lazy = map.get('list') as LazyList<number>;
    const lines = join(directory, 'lines');
    writeFileSync(lines, list.join('\n'));
    const rate = (members: Iterable<number> | (() => Iterable<number>)) =>
      median(RUNS, async () => {
        let sum = 0;
        const time = await seconds(() => {
          for (const member of typeof members === 'function' ? members() : members) sum += member;
        });
        if (sum !== (1.5 * MILLION * (MILLION - 1)) / 2) throw new Error(`the sum is ${sum}`);
        return MILLION / time;
      });
    const ours = await rate(lazy);
    const parsed = () =>
      readFileSync(lines, 'utf8')
        .split('\n')
        .map((line) => JSON.parse(line));
    const row = { work: 'OOCMap iterate 1,000,000 numbers', unit: 'keys/s', ours } as const;
    const python = peer<number | null>('oocmap_peer.py', 'iterate', 100_000);
    const rows: Row[] = [
      { ...row, target: 5_000_000 },
      { ...row, peerName: 'JSON.parse of lines', peer: await rate(parsed) },
      { ...row, peerName: 'array in memory', peer: await rate(list) },
      ...(python === null ? [] : [{ ...row, peerName: 'oocmap in Python', peer: python }]),
    ];
    map.close();
    return rows;
  });
}

/** So many numbers below `size` in no order, the same in each run. */
function scattered(count: number, size: number): number[] {
  let state = 1;
  return Array.from({ length: count }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return state % size;
  });
}
