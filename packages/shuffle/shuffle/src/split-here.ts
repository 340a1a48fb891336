import { setImmediate } from 'node:timers/promises';
import { rowsOf } from './chunk.js';
import { Files } from './files.js';
import type { Job } from './job.js';
import { makeSplitter } from './make-splitter.js';
import type { Outcome } from './splitter.js';

/** Splits on the caller's thread, in the order of the source. */
export async function splitHere(job: Job): Promise<Outcome> {
  const { input, interruption, onProgress } = job;
  const splitter = makeSplitter(input.kind, job.by, job.memory, job.store);
  let rows = 0;
  const { content } = input;
  for await (const chunk of content instanceof Files ? content.read() : content) {
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
