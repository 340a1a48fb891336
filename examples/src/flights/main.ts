import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import Chartscii from 'chartscii';
import { SingleBar } from 'cli-progress';
import { Buffer, type BufferStore, Dict, Log, Msgpack, Server, Snappy } from 'spillway';
import { describeFlights, type Flight, readFlights, toRows } from './flights.js';
import { Tally } from './tally.js';
import type { WorkerTask } from './worker.js';

const WORKERS = 2;
const MEMORY = 64 * 2 ** 20;

const workers: ChildProcess[] = [];
const buffer = Buffer(Dict(), Log(), { availableMemory: MEMORY });
const server = await Server(buffer);

const interrupted = new Promise<never>((_, reject) => {
  process.once('SIGINT', () => {
    process.exitCode = 130;
    reject(new Error('interrupted'));
  });
});

try {
  await Promise.race([demo(), interrupted]);
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : error}`);
  process.exitCode ??= 1;
} finally {
  for (const worker of workers) worker.kill('SIGKILL');
  await server.close();
  await buffer.close();
}
process.exit();

async function demo(): Promise<void> {
  const { rows, rowGroups } = await describeFlights();
  console.log(
    `${rows.toLocaleString('en')} flights, ${WORKERS} worker processes → ${server.address} → ${buffer}\n`,
  );

  const started = performance.now();
  await progress('shuffle', rows, (step) => shuffle(rowGroups, step));
  const seconds = (performance.now() - started) / 1000;
  const { memory, spilled } = buffer.stats();
  console.log(
    `  ${count(rows / seconds)} rows/s in ${seconds.toFixed(1)} s; ${mebibytes(memory)} in memory, ${mebibytes(spilled)} spilled\n`,
  );

  const stored = new Tally();
  await progress('read back', rows, (step) => readBack(buffer, stored, step));
  const source = new Tally();
  await progress('check', rows, (step) => readSource(rowGroups, source, step));
  const wrong = source.differences(stored);
  if (wrong.length > 0)
    throw new Error(`rows or checksums differ from the source for ${wrong.join(', ')}`);
  console.log(
    `  ${stored.rows.size} partitions; every row count and checksum equals the source's\n`,
  );
  console.log(largest(stored, 20));
}

/** Splits the row groups among the workers and waits for them. */
async function shuffle(rowGroups: number, step: (rows: number) => void): Promise<void> {
  const ended: Promise<void>[] = [];
  for (let index = 0; index < WORKERS; index++) {
    const task: WorkerTask = {
      address: server.address,
      rowGroups: Array.from({ length: rowGroups }, (_, group) => group).filter(
        (group) => group % WORKERS === index,
      ),
    };
    const worker = fork(fileURLToPath(new URL('worker.js', import.meta.url)), [
      JSON.stringify(task),
    ]);
    workers.push(worker);
    worker.on('message', step);
    ended.push(
      new Promise((resolve, reject) => {
        worker.once('error', reject);
        worker.once('exit', (code, signal) => {
          if (code === 0) resolve();
          else reject(new Error(`worker ${index} ended with ${signal ?? `exit code ${code}`}`));
        });
      }),
    );
  }
  await Promise.all(ended);
}

async function readBack(
  bytes: BufferStore,
  tally: Tally,
  step: (rows: number) => void,
): Promise<void> {
  // The same nesting as the workers', straight over the store that the server serves.
  const partitions = Msgpack<Flight>(Snappy(bytes));
  for await (const origin of partitions.keys()) {
    const flights = await partitions.get(origin);
    tally.add(origin, flights);
    step(flights.length);
  }
}

async function readSource(
  rowGroups: number,
  tally: Tally,
  step: (rows: number) => void,
): Promise<void> {
  for await (const batch of readFlights([...Array(rowGroups).keys()])) {
    for (const flight of toRows(batch)) tally.add(flight.origin, [flight]);
    step(batch.numRows);
  }
}

async function progress(
  name: string,
  total: number,
  work: (step: (rows: number) => void) => Promise<void>,
) {
  const bar = new SingleBar({
    format: `${name.padEnd(9)} {bar} {percentage}% {value} rows`,
    noTTYOutput: false,
  });
  bar.start(total, 0);
  try {
    await work((rows) => bar.increment(rows));
  } finally {
    bar.stop();
  }
}

function largest({ rows }: Tally, many: number): string {
  const top = [...rows].sort(([, a], [, b]) => b - a).slice(0, many);
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

function mebibytes(bytes: number): string {
  return `${count(bytes / 2 ** 20)} MiB`;
}
