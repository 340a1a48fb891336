import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { Client, Dict, Server } from 'spillway';
import { median, megabytesPerSecond, peer } from './measure.js';
import type { Row } from './report.js';
import { batch } from './stores.js';
import { appendSeconds, awaitedSeconds } from './transport-load.js';
import { RawZeroMQ, redisKeysPerSecond } from './transport-peers.js';

const RUNS = 5;

/** The large shape: 1,000 keys × 100 bytes; and the small one: 10 keys. */
const [LARGE, SMALL, SIZE] = [1000, 10, 100];

/** A client here, a server over Dict in another process, by ipc; the peers are set up the same. */
export async function transport(): Promise<Row[]> {
  const server = fork(fileURLToPath(new URL('serve.js', import.meta.url)));
  const [address] = (await once(server, 'message')) as [string];
  const raw = await RawZeroMQ.start();
  try {
    return [...(await appends(address)), ...(await besideRaw(address, raw)), ...(await threads())];
  } finally {
    raw.close();
    server.disconnect();
  }
}

async function appends(address: string): Promise<Row[]> {
  await using store = Client(address);
  const rate = (keys: number, calls: number, stores = [store]) =>
    median(RUNS, async () => (keys * calls) / (await appendSeconds(stores, keys, SIZE, calls)));
  const large = await rate(LARGE, 500);
  const small = await rate(SMALL, 20_000);
  const got = await median(RUNS, async () => {
    await appendSeconds([store], LARGE, SIZE, 200);
    const keys = [...batch(LARGE, SIZE).keys()];
    return megabytesPerSecond(LARGE * SIZE * 200, () => store.get(keys));
  });
  const clients = Array.from({ length: 100 }, () => Client(address));
  const four = await rate(LARGE, 500, clients.slice(0, 4));
  const hundred = await rate(LARGE, 500, clients);
  await Promise.all(clients.map((client) => client.close()));
  const local = Dict();
  const entries = batch(LARGE, SIZE);
  const alone = await median(RUNS, async () => {
    await local.drop();
    return megabytesPerSecond(LARGE * SIZE * 500, async () => {
      for (let call = 0; call < 500; call++) await local.append(entries);
    });
  });
  const theirs = peer<{ append: number; get: number }>('stores.py', 'transport', LARGE, SIZE, 50);
  const [redisLarge, redisSmall] = [
    await redisKeysPerSecond(LARGE, SIZE),
    await redisKeysPerSecond(SMALL, SIZE),
  ];
  const work = `append ${LARGE} × ${SIZE} B`;
  const partd = 'partd.Client';
  return [
    {
      work,
      unit: 'MB/s',
      ours: (large * SIZE) / 1e6,
      peerName: partd,
      peer: theirs.append,
      target: 15,
    },
    { work, unit: 'MB/s', ours: (large * SIZE) / 1e6, target: 500 },
    { work, unit: 'MB/s', ours: (large * SIZE) / 1e6, peerName: 'Dict in-process', peer: alone },
    { work: 'get of all', unit: 'MB/s', ours: got, peerName: partd, peer: theirs.get, target: 15 },
    { work: 'get of all', unit: 'MB/s', ours: got, target: 500 },
    { work, unit: 'keys/s', ours: large, ...besideRedis(redisLarge) },
    {
      work: `append ${SMALL} × ${SIZE} B`,
      unit: 'keys/s',
      ours: small,
      ...besideRedis(redisSmall),
    },
    { work: `append ${SMALL} × ${SIZE} B`, unit: 'keys/s', ours: small, target: 300_000 },
    {
      work: '100 clients',
      unit: 'keys/s',
      ours: hundred,
      peerName: '4 clients',
      peer: four,
      target: 0.7,
    },
  ];
}

function besideRedis(peer: number | undefined): Pick<Row, 'peerName' | 'peer' | 'target'> {
  return peer === undefined ? {} : { peerName: 'Redis pipelined APPEND', peer, target: 1 };
}

async function besideRaw(address: string, raw: RawZeroMQ): Promise<Row[]> {
  await using store = Client(address);
  const peerName = 'raw zeromq.js';
  const [trips, rawTrips] = [
    await median(RUNS, async () => 1 / (await awaitedSeconds(store, SMALL, SIZE))),
    await median(RUNS, async () => 1 / (await raw.roundTrip(SMALL * SIZE))),
  ];
  const [values, rawValues] = [
    await median(RUNS, async () => 300 / (await appendSeconds([store], 1, 1e6, 300))),
    await median(RUNS, async () => 300 / (await raw.seconds(1e6, 300))),
  ];
  return [
    {
      work: `append ${SMALL} × ${SIZE} B, awaited`,
      unit: 'calls/s',
      ours: trips,
      peerName,
      peer: rawTrips,
      target: 0.67,
    },
    { work: 'append 1 MB', unit: 'MB/s', ours: values, peerName, peer: rawValues, target: 0.6 },
  ];
}

/** A thread's client, by a message port and by ipc. */
async function threads(): Promise<Row[]> {
  await using server = await Server(Dict());
  const rows: Row[] = [];
  for (const [keys, size, calls] of [
    [LARGE, SIZE, 500],
    [SMALL, SIZE, 20_000],
    [1, 1e6, 300],
  ] as const) {
    const run = (place: () => string | MessagePort) =>
      median(
        3,
        async () => (keys * size * calls) / 1e6 / (await inThread(place(), keys, size, calls)),
      );
    const port = () => {
      const { port1, port2 } = new MessageChannel();
      server.connect(port1);
      return port2;
    };
    const ours = await run(port);
    const ipc = await run(() => server.address);
    rows.push({
      work: `message port ${keys} × ${size} B`,
      unit: 'MB/s',
      ours,
      peerName: 'ipc from a thread',
      peer: ipc,
    });
  }
  return rows;
}

async function inThread(
  place: string | MessagePort,
  keys: number,
  size: number,
  calls: number,
): Promise<number> {
  const worker = new Worker(new URL('transport-thread.js', import.meta.url), {
    workerData: { place, keys, size, calls },
    transferList: typeof place === 'string' ? [] : [place],
  });
  const [seconds] = (await once(worker, 'message')) as [number];
  await once(worker, 'exit');
  return seconds;
}
