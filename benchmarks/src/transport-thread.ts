import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { Client } from 'spillway';
import { appendSeconds } from './transport-load.js';

/** What a thread appends. */
export interface ThreadLoad {
  readonly keys: number;
  readonly size: number;
  readonly calls: number;
  readonly window: number;
}

/** A client in a thread of the server's process, by its address or a message port. */
const { place, keys, size, calls, window } = workerData as ThreadLoad & {
  readonly place: string | MessagePort;
};
const store = Client(place);
const run = () => appendSeconds([store], keys, size, calls, window);
for (let warmUp = 0; warmUp < 3; warmUp++) await run();
parentPort?.postMessage(await run());
await store.close();
