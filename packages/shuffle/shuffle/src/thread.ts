import { setImmediate } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { Arrow } from '@spillway/arrow';
import { encode } from '@spillway/arrow/ipc';
import { Client } from '@spillway/client';
import type { Store } from '@spillway/core';
import { Table } from 'apache-arrow';
import { type Chunk, rowsOf } from './chunk.js';
import { packFailure } from './failure.js';
import { readWhole } from './files.js';
import { makeSplitter } from './make-splitter.js';
import type { Report, Request, Task, ThreadData } from './messages.js';
import { parquetError } from './parquet-failure.js';
import { onPanic, readRowGroup, useLibrary, whatFailed } from './parquet-file.js';
import type { ParquetLibrary } from './parquet-library.js';
import { batchesOf } from './parquet-reader.js';
import type { Share } from './share.js';

/*
 * What runs in a thread of the pool: it splits what it is given and appends it to the served store.
 */

const { port, kind, by, memory } = workerData as ThreadData;
const codec = kind === 'tables' ? Arrow : (await import('@spillway/msgpack')).Msgpack;
const store = codec(Client(port)) as unknown as Store<never>;
const splitter = makeSplitter(kind, by, memory, store);
let stopped = false;
let work = Promise.resolve();

onPanic((cause) => {
  // What was under way never ends.
  work = parquetError(whatFailed(cause)).then(fail);
});

parentPort?.on('message', (request: Request) => {
  if (request === 'stop') stopped = true;
  work = work.then(() => (stopped ? stop() : run(request))).catch(fail);
});

report('ready');

async function run(request: Request): Promise<void> {
  if (request === 'end') await end();
  else if (request !== 'stop') await split(request);
}

async function split(task: Task): Promise<void> {
  for await (const chunk of chunksOf(task)) {
    await splitter.add(chunk);
    report({ rows: rowsOf(chunk) });
    // A request to stop comes by an event.
    await setImmediate();
    if (stopped) return;
  }
  report('done');
}

async function* chunksOf(task: Task): AsyncGenerator<Chunk> {
  if ('share' in task) yield* readShare(task.share, task.library);
  else if ('rows' in task) yield task.rows;
  else yield* batchesOf(task.ipc);
}

async function* readShare(share: Share, library: ParquetLibrary): AsyncGenerator<Chunk> {
  if (share.rowGroup === undefined) yield* readWhole(share.path);
  else yield* batchesOf(await readParquet(share, library));
}

async function readParquet(share: Share, library: ParquetLibrary): Promise<Uint8Array> {
  useLibrary(library);
  try {
    return await readRowGroup(share);
  } catch (cause) {
    throw await parquetError(whatFailed(cause));
  }
}

async function end(): Promise<void> {
  const { counts, schema, mixed } = await splitter.end();
  const packed = schema && encode(new Table(schema));
  report({ outcome: { counts, schema: packed, mixed } });
}

async function stop(): Promise<void> {
  parentPort?.close();
  await store.close();
}

/** The job ends with the error; nothing more is done here. */
function fail(error: unknown): void {
  stopped = true;
  report({ failure: packFailure(error) });
}

function report(message: Report): void {
  parentPort?.postMessage(message);
}
