import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Table, tableToIPC } from 'apache-arrow';
import { Arrow, Buffer, type By, Dict, hash, Log, LZ4, type Store, shuffle } from 'spillway';
import { peer, seconds, withDirectory } from './measure.js';
import type { Row } from './report.js';
import { type Copied, DuckDB } from './shuffle-duckdb.js';
import { FLIGHTS, FLIGHTS_FILE, loadFlights, writeColumns } from './shuffle-flights.js';
import { kernels } from './shuffle-kernels.js';

const RUNS = 5;
const MEBIBYTE = 2 ** 20;

/** Seconds until every partition is stored and readable, and for reading all of them back. */
interface Shuffled {
  readonly store: number;
  readonly read: number;
}

/** The shuffle beside DuckDB's partitioned copies and partd's blocks of pandas. */
export async function shuffles(): Promise<Row[]> {
  const flights = await loadFlights();
  const duckdb = await DuckDB.open();
  try {
    return [
      ...(await beside(duckdb, flights, 'origin')),
      ...(await beside(duckdb, flights, hash('date', 256))),
      await fromParquet(duckdb),
      await kernels(flights),
      ...(await nestings(flights)),
      ...(await growth(flights)),
    ];
  } finally {
    duckdb.close();
  }
}

/** On the flights in memory, in turns, and partd by the same key. */
async function beside(duckdb: DuckDB, flights: Table, by: 'origin' | By): Promise<Row[]> {
  const named = typeof by === 'string';
  const [query, key] = named
    ? ['SELECT * FROM flights', 'origin']
    : ['SELECT *, hash(date) % 256 AS part FROM flights', 'part'];
  const ours: Shuffled[] = [];
  const theirs: Copied[][] = [];
  for (let run = 0; run < RUNS; run++) {
    ours.push(await shuffleOnce(flights, by));
    theirs.push(await duckdb.copies(query, key));
  }
  const work = `3M flights by ${named ? 'origin (229)' : 'hash (256)'}`;
  const row = { unit: 'rows/s', peerName: 'DuckDB', target: 2.5 } as const;
  const formats = [0, 1];
  const copy = Math.min(...formats.map((i) => middle(theirs.map((run) => run[i]?.copy ?? 0))));
  const both = Math.min(
    ...formats.map((i) => middle(theirs.map((run) => (run[i]?.copy ?? 0) + (run[i]?.read ?? 0)))),
  );
  const total = FLIGHTS / middle(ours.map(({ store, read }) => store + read));
  const rows: Row[] = [
    {
      ...row,
      work: `${work}, stored`,
      ours: FLIGHTS / middle(ours.map(({ store }) => store)),
      peer: FLIGHTS / copy,
    },
    { ...row, work: `${work}, stored and read back`, ours: total, peer: FLIGHTS / both },
  ];
  if (named) {
    const blocks = await withDirectory(async (folder) => {
      writeColumns(flights, folder);
      return peer<{ append: number; get: number }>('shuffle.py', folder, RUNS);
    });
    const partd = FLIGHTS / (blocks.append + blocks.get);
    const peerName = 'partd.PandasBlocks';
    rows.push({ ...row, work: rows[1]?.work ?? '', ours: total, peerName, peer: partd, target: 7 });
  }
  return rows;
}

/** From the file, with two workers and without, and DuckDB's copy of the same, in turns. */
export async function fromParquet(duckdb: DuckDB): Promise<Row> {
  const ours: number[] = [];
  const alone: number[] = [];
  const theirs: Copied[][] = [];
  const decoding: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    ours.push((await shuffleOnce(FLIGHTS_FILE, 'origin', { workers: 2 })).store);
    theirs.push(await duckdb.copies(`SELECT * FROM '${FLIGHTS_FILE}'`, 'origin'));
    alone.push((await shuffleOnce(FLIGHTS_FILE, 'origin')).store);
    decoding.push(await seconds(loadFlights));
  }
  const note = `${middle(ours).toFixed(2)} s; decoding alone, on one thread, ${middle(decoding).toFixed(2)} s; without workers ${middle(alone).toFixed(2)} s`;
  const copy = Math.min(...[0, 1].map((i) => middle(theirs.map((run) => run[i]?.copy ?? 0))));
  return {
    work: 'from the Parquet file, two workers, by origin, stored',
    unit: 'rows/s',
    ours: FLIGHTS / middle(ours),
    peerName: 'DuckDB',
    peer: FLIGHTS / copy,
    target: 1,
    note,
  };
}

/** Whether compression and a buffer pay, in the default's place. */
async function nestings(flights: Table): Promise<Row[]> {
  const stores: { readonly [name: string]: () => Store } = {
    'Arrow(Log())': () => Log(),
    'Arrow(LZ4(Log()))': () => LZ4(Log()),
    'Arrow(Buffer(Dict(), Log()))': () => Buffer(Dict(), Log()),
    'Arrow(Buffer(Dict(), LZ4(Log())))': () => Buffer(Dict(), LZ4(Log())),
  };
  const rows: Row[] = [];
  for (const [name, make] of Object.entries(stores)) {
    const runs: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      await using into = Arrow(make());
      const { store, read } = await shuffleOnce(flights, 'origin', { into });
      runs.push(store + read);
      await into.drop();
    }
    rows.push({
      work: `3M flights by origin into ${name}`,
      unit: 'rows/s',
      ours: FLIGHTS / middle(runs),
    });
  }
  return rows;
}

/** A hundred million rows in a small budget, and many partitions, each in a process of its own. */
async function growth(flights: Table): Promise<Row[]> {
  return withDirectory(async (folder) => {
    const file = join(folder, 'some.arrows');
    const some = flights.batches.filter((_, i) => i % 8 === 0);
    writeFileSync(file, tableToIPC(new Table(some), 'stream'));
    const run = (rows: number, mebibytes: number, partitions: number): Growth => {
      const script = fileURLToPath(new URL('./shuffle-growth.js', import.meta.url));
      const args = [script, file, rows, mebibytes * MEBIBYTE, partitions].map(String);
      return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
    };
    const runs = (...args: Parameters<typeof run>) => {
      const all = Array.from({ length: RUNS }, () => run(...args));
      return {
        rate: middle(all.map(({ rate }) => rate)),
        peak: middle(all.map(({ peak }) => peak)),
      };
    };
    const small = runs(FLIGHTS, 256, 256);
    const large = run(100_000_000, 256, 256);
    const few = runs(FLIGHTS, 128, 256);
    const many = runs(FLIGHTS, 128, 10_000);
    const peak = (bytes: number) => `peak resident memory ${(bytes / MEBIBYTE).toFixed(0)} MiB`;
    return [
      {
        work: '100M rows within 256 MiB, stored and read back',
        unit: 'rows/s',
        ours: large.rate,
        peerName: '3M rows',
        peer: small.rate,
        target: 0.7,
        note: peak(large.peak),
      },
      {
        work: '3M rows to 10,000 partitions within 128 MiB',
        unit: 'rows/s',
        ours: many.rate,
        peerName: '256 partitions',
        peer: few.rate,
        target: 0.5,
        note: peak(many.peak),
      },
    ];
  });
}

interface Growth {
  readonly rate: number;
  readonly peak: number;
}

async function shuffleOnce(
  source: Table | `${string}.parquet`,
  by: By,
  options: { readonly workers?: number; readonly into?: Store<Table> } = {},
): Promise<Shuffled> {
  const started = performance.now();
  await using partitions = await shuffle(source, { by, ...options });
  const store = (performance.now() - started) / 1000;
  let rows = 0;
  const read = await seconds(async () => {
    for await (const [, table] of partitions) rows += table.numRows;
  });
  if (rows !== FLIGHTS) throw new Error(`${rows} rows came back`);
  return { store, read };
}

function middle(figures: readonly number[]): number {
  return [...figures].sort((a, b) => a - b)[figures.length >> 1] as number;
}
