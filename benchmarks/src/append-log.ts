import { Log } from 'spillway';
import { batch } from './stores.js';

/** A process that appends to a log: `append-log.js PATH KEYS SIZE CALLS`, once it is told to. */
const [path, keys, size, calls] = process.argv.slice(2) as [string, string, string, string];
const entries = batch(Number(keys), Number(size));
const store = Log(path);
await store.append(entries);
process.send?.('ready');
await new Promise((resolve) => process.once('message', resolve));
for (let call = 0; call < Number(calls); call++) await store.append(entries);
process.send?.('done');
await store.close();
process.disconnect();
