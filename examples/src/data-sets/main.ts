import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SingleBar } from 'cli-progress';
import { DirDB, type DirDBDirectory } from 'spillway';
import { type Statistics, statisticsOf } from './statistics.js';

/**
 * Four worker processes dump arrays into one directory; this one is told of each, computes its statistics and writes
 * them to its metadata. Give a path to keep the directory.
 */
const WORKERS = 4;
const ARRAYS = 25;
const ELEMENTS = 100_000;

const [given] = process.argv.slice(2);
const path = given ?? (await mkdtemp(join(tmpdir(), 'spillway-data-sets-')));
try {
  await using db = DirDB<Float64Array, Statistics>(path);
  await annotate(db);
  await summarise(db);
} finally {
  if (given === undefined) await rm(path, { recursive: true });
}

async function annotate(db: DirDBDirectory<Float64Array, Statistics>): Promise<void> {
  // Before the workers start, so that none of their arrays is missed.
  const changes = db.watch();
  const ended = Promise.all(Array.from({ length: WORKERS }, (_, worker) => work(worker)));
  // A worker that fails ends the watching, and its error is thrown below.
  ended.catch(() => changes.return?.());
  const bar = new SingleBar({
    format: 'arrays {bar} {percentage}% {value} of {total}',
    noTTYOutput: false,
  });
  bar.start(WORKERS * ARRAYS, 0);
  let annotated = 0;
  for await (const { entry, data } of changes) {
    // Metadata alone are what was written here.
    if (!data) continue;
    await using locked = await db.lock(entry.name);
    Object.assign(locked.meta, await statisticsOf(locked.stream()));
    bar.increment();
    if (++annotated === WORKERS * ARRAYS) break;
  }
  bar.stop();
  await ended;
}

async function work(worker: number): Promise<void> {
  const program = fileURLToPath(new URL('./worker.js', import.meta.url));
  const child = fork(program, [path, worker, ARRAYS, ELEMENTS].map(String));
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`worker ${worker} ended with ${code}`);
}

/** Reads the metadata alone. */
async function summarise(db: DirDBDirectory<Float64Array, Statistics>): Promise<void> {
  const extremes = Array.from({ length: WORKERS }, () => ({ arrays: 0, min: 0, max: 0 }));
  for await (const entry of db) {
    const meta = await entry.readMeta();
    const extreme = extremes[meta?.worker ?? -1];
    if (extreme === undefined || meta?.mean === undefined)
      throw new Error(`${entry.name} has no statistics`);
    extreme.arrays++;
    extreme.min = Math.min(extreme.min, meta.min ?? 0);
    extreme.max = Math.max(extreme.max, meta.max ?? 0);
  }
  for (const [worker, { arrays, min, max }] of extremes.entries()) {
    console.log(`worker ${worker}: ${arrays} arrays, from ${min.toFixed(1)} to ${max.toFixed(1)}`);
  }
}
