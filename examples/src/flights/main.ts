import { stripVTControlCharacters } from 'node:util';
import type { Table } from 'apache-arrow';
import Chartscii from 'chartscii';
import { SingleBar } from 'cli-progress';
import { type Partitions, shuffle } from 'spillway';
import { describeFlights, FLIGHTS_FILE, readFlights } from './flights.js';
import { Tally } from './tally.js';

const WORKERS = 2;
const MEMORY = 256 * 2 ** 20;

const abort = new AbortController();
process.once('SIGINT', () => {
  process.exitCode = 130;
  abort.abort(new Error('interrupted'));
});

try {
  await demo();
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : error}`);
  process.exitCode ??= 1;
}

async function demo(): Promise<void> {
  const { rows, rowGroups } = await describeFlights();
  console.log(
    `${count(rows)} flights in a Parquet file of ${rowGroups} row groups, by origin, with ${WORKERS} workers\n`,
  );

  let seconds = 0;
  await using partitions = await progress('shuffle', rows, async (step) => {
    const started = performance.now();
    let before = 0;
    const shuffled = await shuffle(FLIGHTS_FILE, {
      by: 'origin',
      workers: WORKERS,
      memory: MEMORY,
      signal: abort.signal,
      onProgress: (progress) => {
        step(progress.rows - before);
        before = progress.rows;
      },
    });
    seconds = (performance.now() - started) / 1000;
    return shuffled;
  });
  console.log(
    `  ${count(rows / seconds)} rows/s in ${seconds.toFixed(1)} s; ${partitions.counts.size} partitions of ${partitions.schema?.names.join(', ')}\n`,
  );

  const stored = new Tally();
  await progress('read back', rows, (step) => readBack(partitions, stored, step));
  const source = new Tally();
  await progress('check', rows, (step) => readSource(rowGroups, source, step));
  const wrong = [...source.differences(stored), ...miscounted(partitions, stored)];
  if (wrong.length > 0)
    throw new Error(`rows or checksums differ from the source for ${wrong.join(', ')}`);
  console.log(
    `  ${stored.rows.size} partitions; every row count and checksum equals the source's\n`,
  );
  console.log(largest(partitions.counts, 20));
}

async function readBack(
  partitions: Partitions<Table>,
  tally: Tally,
  step: (rows: number) => void,
): Promise<void> {
  for await (const [origin, { batches }] of partitions) {
    for (const batch of batches) tally.add(batch, origin);
    step(tally.rows.get(origin) ?? 0);
    await interruptible();
  }
}

async function readSource(
  rowGroups: number,
  tally: Tally,
  step: (rows: number) => void,
): Promise<void> {
  for await (const batch of readFlights([...Array(rowGroups).keys()])) {
    tally.add(batch);
    step(batch.numRows);
    await interruptible();
  }
}

/** Leaves time for Ctrl-C. */
async function interruptible(): Promise<void> {
  await new Promise(setImmediate);
  abort.signal.throwIfAborted();
}

/** The partitions that have another number of rows than they say. */
function miscounted({ counts }: Partitions<Table>, { rows }: Tally): string[] {
  return [...counts.keys()].filter((origin) => counts.get(origin) !== rows.get(origin));
}

async function progress<T>(
  name: string,
  total: number,
  work: (step: (rows: number) => void) => Promise<T>,
): Promise<T> {
  const bar = new SingleBar({
    format: `${name.padEnd(9)} {bar} {percentage}% {value} rows`,
    noTTYOutput: false,
  });
  bar.start(total, 0);
  try {
    return await work((rows) => bar.increment(rows));
  } finally {
    bar.stop();
  }
}

function largest(counts: ReadonlyMap<string, number>, many: number): string {
  const top = [...counts].sort(([, a], [, b]) => b - a).slice(0, many);
  const chart = new Chartscii(
    top.map(([label, value]) => ({ label: `${label} ${count(value)}`, value })),
    { title: `The ${many} largest partitions, in rows`, width: 60, sort: false },
  );
  const drawn = chart.create();
  return process.stdout.isTTY ? drawn : stripVTControlCharacters(drawn);
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en');
}
