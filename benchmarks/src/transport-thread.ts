import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { Client } from 'spillway';
import { appendSeconds } from './transport-load.js';

/** A client in a thread of the server's process, by its address or a message port. */
const { place, keys, size, calls } = workerData as {
  readonly place: string | MessagePort;
  readonly keys: number;
  readonly size: number;
  readonly calls: number;
};
const store = Client(place);
await appendSeconds([store], keys, size, calls);
parentPort?.postMessage(await appendSeconds([store], keys, size, calls));
await store.close();
