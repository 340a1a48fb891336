import { parentPort } from 'node:worker_threads';
import { library } from './library-node.js';
import type { Job, Outcome } from './workers.js';

parentPort?.on('message', ({ work, bytes, number }: Job) => {
  const outcome = attempt(() => library[work](bytes, number));
  parentPort?.postMessage(outcome, 'bytes' in outcome ? [outcome.bytes.buffer as ArrayBuffer] : []);
});

function attempt(work: () => Uint8Array): Outcome {
  try {
    return { bytes: work() };
  } catch (error) {
    return { error };
  }
}
