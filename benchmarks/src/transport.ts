import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Client } from 'spillway';
import { median, megabytesPerSecond, peer } from './measure.js';
import type { Row } from './report.js';
import { batch } from './stores.js';

const RUNS = 5;

/** A client here, a server over Dict in another process; beside partd's, which is set up the same. */
export async function transport(): Promise<Row[]> {
  const [keys, size, calls] = [1000, 100, 200];
  const entries = batch(keys, size);
  const server = fork(fileURLToPath(new URL('serve.js', import.meta.url)));
  const [address] = (await once(server, 'message')) as [string];
  await using store = Client(address);
  const append = async () => {
    await store.drop();
    return megabytesPerSecond(keys * size * calls, async () => {
      const sent = [];
      for (let call = 0; call < calls; call++) sent.push(store.append(entries));
      await Promise.all(sent);
    });
  };
  const get = async () => {
    await append();
    return megabytesPerSecond(keys * size * calls, () => store.get([...entries.keys()]));
  };
  const [appended, got] = [await median(RUNS, append), await median(RUNS, get)];
  server.disconnect();
  const theirs = peer<{ append: number; get: number }>('stores.py', 'transport', keys, size, 50);
  const peerName = 'partd.Client';
  return [
    {
      work: 'Client append 1,000 × 100 B',
      unit: 'MB/s',
      ours: appended,
      peerName,
      peer: theirs.append,
      target: 8,
    },
    { work: 'Client get of all', unit: 'MB/s', ours: got, peerName, peer: theirs.get },
  ];
}
