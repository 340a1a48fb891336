import { parentPort } from 'node:worker_threads';
import { onPanic, readFooter, readRowGroup, useLibrary, whatFailed } from './parquet-file.js';
import type { ParquetAnswer, ParquetQuestion } from './reader-thread.js';

/*
 * What runs in a `ReaderThread`: it answers one question after the other.
 */

let work = Promise.resolve();
/** Since when there has been nothing to do. */
let idleSince: number | undefined;

onPanic(fail);

parentPort?.on('message', (question: ParquetQuestion) => {
  work = work.then(() => look(question)).catch(fail);
});

answer('ready');

async function look({ share, library }: ParquetQuestion): Promise<void> {
  const waited = idleSince === undefined ? 0 : performance.now() - idleSince;
  useLibrary(library);
  if (share.rowGroup === undefined) answer({ footer: await readFooter(share.path) });
  else answer({ ipc: await readRowGroup(share), waited });
  idleSince = performance.now();
}

function fail(cause: unknown): void {
  answer({ failure: whatFailed(cause) });
}

function answer(message: ParquetAnswer | 'ready'): void {
  const transfer =
    typeof message === 'object' && 'ipc' in message ? [message.ipc.buffer as ArrayBuffer] : [];
  parentPort?.postMessage(message, transfer);
}
