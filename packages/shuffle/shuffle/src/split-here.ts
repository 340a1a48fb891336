import { setImmediate } from 'node:timers/promises';
import { type Chunk, rowsOf } from './chunk.js';
import { readShare, type Share } from './files.js';
import type { Job } from './job.js';
import { makeSplitter } from './make-splitter.js';
import type { Outcome } from './splitter.js';

/** Splits on the caller's thread, in the order of the source. */
export async function splitHere(job: Job): Promise<Outcome> {
  const { input, interruption, onProgress } = job;
  const splitter = makeSplitter(input.kind, job.by, job.memory, job.store);
  let rows = 0;
  for await (const chunk of chunksOf(input.content)) {
    interruption.check();
    await splitter.add(chunk);
    rows += rowsOf(chunk);
    onProgress?.({ rows, total: input.total });
    // A signal comes by an event, and a source in memory leaves no time for any.
    await setImmediate();
    interruption.check();
  }
  return splitter.end();
}

async function* chunksOf(content: AsyncIterable<Chunk> | readonly Share[]): AsyncGenerator<Chunk> {
  if (Symbol.asyncIterator in content) yield* content;
  else for (const share of content) yield* readShare(share);
}
