import { parentPort } from 'node:worker_threads';
import { packFailure } from './failure.js';
import { onPanic, readFooter, readRowGroup } from './parquet-file.js';
import type { ParquetAnswer, ParquetQuestion } from './parquet-reader.js';

/*
 * What runs in the thread of a `ParquetReader`: it answers one question after the other.
 */

let work = Promise.resolve();

onPanic((error) => answer({ failure: packFailure(error) }));

parentPort?.on('message', (question: ParquetQuestion) => {
  work = work.then(() => look(question)).catch((error) => answer({ failure: packFailure(error) }));
});

async function look({ path, rowGroup }: ParquetQuestion): Promise<void> {
  if (rowGroup === undefined) answer({ footer: await readFooter(path) });
  else answer({ ipc: await readRowGroup(path, rowGroup) });
}

function answer(message: ParquetAnswer): void {
  const transfer = 'ipc' in message ? [message.ipc.buffer as ArrayBuffer] : [];
  parentPort?.postMessage(message, transfer);
}
