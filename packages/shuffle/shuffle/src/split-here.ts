import { setImmediate } from 'node:timers/promises';
import { type Chunk, rowsOf } from './chunk.js';
import { Files } from './files.js';
import { type Job, rowCounter } from './job.js';
import { makeSplitter } from './make-splitter.js';
import type { Outcome } from './splitter.js';

/** For what is read ahead there is this share of the memory that gathered rows may take. */
export const READ_SHARE = 1 / 3;

/** Splits on the caller's thread, in the order of the source. */
export async function splitHere(job: Job): Promise<Outcome> {
  const { content } = job.input;
  const chunks =
    content instanceof Files
      ? content.read(await content.shares(), 1, job.memory * READ_SHARE)
      : content;
  return splitChunks(job, chunks, rowCounter(job));
}

/** Splits some of a job's rows on the caller's thread. @param onRows is told how many more rows were read. */
export async function splitChunks(
  { input, by, memory, store, interruption }: Job,
  chunks: AsyncIterable<Chunk>,
  onRows: (more: number) => void,
): Promise<Outcome> {
  const splitter = makeSplitter(input.kind, by, memory, store);
  for await (const chunk of chunks) {
    interruption.check();
    await splitter.add(chunk);
    onRows(rowsOf(chunk));
    // A signal comes by an event, and a source in memory leaves no time for any.
    await setImmediate();
    interruption.check();
  }
  return splitter.end();
}
