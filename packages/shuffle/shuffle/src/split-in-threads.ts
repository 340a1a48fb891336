import { encode } from '@spillway/arrow/ipc';
import { isBatch } from './chunk.js';
import { Files } from './files.js';
import { type Job, rowCounter } from './job.js';
import { merge } from './merge.js';
import type { Task } from './messages.js';
import { parquetLibrary } from './parquet-library.js';
import { Pool } from './pool.js';
import { splitRowGroups } from './split-row-groups.js';
import type { Outcome } from './splitter.js';

/** Splits on threads of their own, of Parquet only where that pays. */
export async function splitInThreads(job: Job, workers: number): Promise<Outcome> {
  const { content } = job.input;
  const onRows = rowCounter(job);
  await using pool = new Pool(job, workers, onRows);
  if (content instanceof Files && content.byRowGroups)
    return await splitRowGroups(job, content, pool, onRows);
  pool.start();
  for await (const task of tasksOf(job)) await pool.give(task);
  return merge(await pool.end());
}

async function* tasksOf({ input: { content } }: Job): AsyncGenerator<Task> {
  if (content instanceof Files) {
    const library = await parquetLibrary();
    for (const share of await content.shares()) yield { share, library };
  } else {
    for await (const chunk of content)
      yield isBatch(chunk) ? { ipc: encode(chunk) } : { rows: chunk };
  }
}
