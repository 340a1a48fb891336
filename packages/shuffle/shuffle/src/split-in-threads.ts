import { encode, unify } from '@spillway/arrow/ipc';
import type { Store } from '@spillway/core';
import { Server } from '@spillway/server';
import { type Chunk, isBatch } from './chunk.js';
import { Files } from './files.js';
import type { Job } from './job.js';
import { KeptOpen } from './kept-open.js';
import type { Task } from './messages.js';
import { Pool } from './pool.js';
import type { Outcome } from './splitter.js';

/** Splits on threads of their own, which share the store by a server, each through a message port. */
export async function splitInThreads(job: Job, workers: number): Promise<Outcome> {
  const { input, interruption, onProgress } = job;
  await using server = await Server(new KeptOpen(job.store.wrapped as Store));
  const orders = {
    kind: input.kind,
    by: job.by,
    memory: job.memory / workers,
  };
  let rows = 0;
  const onRows = (more: number) => {
    rows += more;
    onProgress?.({ rows, total: input.total });
  };
  await using pool = new Pool(server, orders, workers, interruption, onRows);
  for await (const task of tasksOf(input.content)) await pool.give(task);
  return merge(await pool.end());
}

async function* tasksOf(content: AsyncIterable<Chunk> | Files): AsyncGenerator<Task> {
  if (content instanceof Files) for (const share of await content.shares()) yield { share };
  else {
    for await (const chunk of content)
      yield isBatch(chunk) ? { ipc: encode(chunk) } : { rows: chunk };
  }
}

function merge(parts: readonly Outcome[]): Outcome {
  const counts = new Map<string, number>();
  for (const part of parts) {
    for (const [key, rows] of part.counts) counts.set(key, (counts.get(key) ?? 0) + rows);
  }
  const schemas = parts.flatMap(({ schema }) => schema ?? []);
  const schema = schemas.length > 0 ? schemas.reduce(unify) : undefined;
  const mixed = parts.some((part) => part.mixed || part.schema !== schema);
  return { counts, schema, mixed };
}
