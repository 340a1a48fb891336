import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Log } from 'spillway';
import type { Appender } from './log-peers.js';
import { batch } from './stores.js';

/** A process that appends: `append-together.js log|plain PATH KEYS SIZE CALLS`, once it is told to. */
const [kind, path, keys, size, calls] = process.argv.slice(2) as [Kind, ...Arguments];
const entries = batch(Number(keys), Number(size));
const store = kind === 'log' ? Log(path) : plain();
await store.append(entries, 0);
process.send?.('ready');
await new Promise((resolve) => process.once('message', resolve));
for (let call = 1; call <= Number(calls); call++) await store.append(entries, call);
process.send?.('done');
await store.close();
process.disconnect();

type Kind = 'log' | 'plain';
type Arguments = [path: string, keys: string, size: string, calls: string];

/** A file of its own, with as many bytes a batch. */
function plain(): Appender {
  const fd = openSync(join(path, String(process.pid)), 'wx');
  const bytes = new Uint8Array(Number(keys) * Number(size)).fill(7);
  return { append: () => writeSync(fd, bytes), close: () => closeSync(fd) };
}
