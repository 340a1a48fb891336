import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { Row } from './report.js';

const RESULTS = fileURLToPath(new URL('../results/', import.meta.url));
const PICTURE = fileURLToPath(new URL('../../docs/benchmarks.svg', import.meta.url));

/** What the picture shows of the results: one figure or two of each part, beside what people use today. */
const SHOWN: readonly { readonly label: string; readonly work: string; readonly peer: string }[] = [
  { label: 'Log, append', work: 'Log append 1,000 × 100 B', peer: 'partd.File' },
  { label: 'Log, append', work: 'Log append 1,000 × 100 B', peer: 'appendFileSync' },
  { label: 'Log, append', work: 'Log append 1,000 × 100 B', peer: 'lmdb' },
  { label: 'File, append', work: 'File append 1,000 × 100 B', peer: 'partd.File' },
  {
    label: 'Buffer, 20 × its memory',
    work: 'Buffer(Dict, File) append 1,000 × 100 B, 20 × its memory',
    peer: 'partd.Buffer',
  },
  { label: 'Client, append', work: 'append 1000 × 100 B', peer: 'partd.Client' },
  { label: 'Client, append', work: 'append 1000 × 100 B', peer: 'Redis pipelined APPEND' },
  {
    label: 'shuffle, 3 million flights',
    work: '3M flights by origin (229), stored and read back',
    peer: 'DuckDB',
  },
  {
    label: 'shuffle, 3 million flights',
    work: '3M flights by origin (229), stored and read back',
    peer: 'partd.PandasBlocks',
  },
  {
    label: 'shuffle, from Parquet',
    work: 'from the Parquet file, two workers, by origin, stored',
    peer: 'DuckDB',
  },
  {
    label: 'Chest, a million values',
    work: 'Chest set 1,000,000 of 100 B in a Log',
    peer: 'diskcache',
  },
  {
    label: 'OOCMap, 200,000 rows',
    work: 'OOCMap write 200,000 flights, one list',
    peer: 'better-sqlite3',
  },
];

/** Draws how many times the peer's speed the stored results have, for the README. */
export async function drawPicture(): Promise<void> {
  const rows = readdirSync(RESULTS)
    .filter((file) => file.endsWith('.json'))
    .flatMap((file) => JSON.parse(readFileSync(RESULTS + file, 'utf8')).rows as Row[]);
  const values = SHOWN.flatMap(({ label, work, peer }) => {
    const row = rows.find((one) => one.work === work && one.peerName === peer);
    // Only some of the benchmarks may have run here.
    if (row?.peer === undefined) return [];
    return [{ work: `${label}  (${peer})`, ratio: Math.round((row.ours / row.peer) * 10) / 10 }];
  });
  const bars: TopLevelSpec = {
    title: 'Times the speed of the peer in brackets, same work, same run',
    width: 420,
    height: { step: 22 },
    background: 'white',
    data: { values },
    encoding: {
      y: { field: 'work', type: 'nominal', sort: null, axis: { title: null, labelLimit: 420 } },
      x: {
        field: 'ratio',
        type: 'quantitative',
        scale: { type: 'log', domainMin: 1 },
        axis: { title: '×' },
      },
    },
    layer: [
      { mark: { type: 'bar', color: '#2a7f9e' }, encoding: { x2: { datum: 1 } } },
      { mark: { type: 'text', align: 'left', dx: 4 }, encoding: { text: { field: 'ratio' } } },
    ],
  };
  const view = new View(parse(compile(bars).spec), { renderer: 'none' });
  writeFileSync(PICTURE, await view.toSVG());
}
