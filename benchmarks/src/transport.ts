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
import type { ThreadLoad } from './transport-thread.js';

const RUNS = 9;

/** Runs before those that count: a server lives long, and its code is compiled while it runs. */
const WARM_UP = 5;

/** Batches under way at a time; of large values as many as in the raw exchange. */
const WINDOW = 64;
const SMALL_WINDOW = 1000;
const LARGE_VALUE_WINDOW = 16;

/** The large shape: 1,000 keys × 100 bytes; and the small one: 10 keys. */
const [LARGE, SMALL, SIZE] = [1000, 10, 100];

/** A client here, a server over Dict in another process, by ipc; the peers are set up the same. */
export async function transport(): Promise<Row[]> {
  return [
    ...(await withServer(appends)),
    ...(await withServer(clients)),
    ...(await withServer(besideRaw)),
    ...(await threads()),
  ];
}

async function withServer(work: (address: string) => Promise<Row[]>): Promise<Row[]> {
  const server = fork(fileURLToPath(new URL('serve.js', import.meta.url)));
  const [address] = (await once(server, 'message')) as [string];
  try {
    return await work(address);
  } finally {
    server.disconnect();
  }
}

async function appends(address: string): Promise<Row[]> {
  await using store = Client(address);
  const rate = (keys: number, calls: number, window: number) =>
    warmMedian(
      async () => (keys * calls) / (await appendSeconds([store], keys, SIZE, calls, window)),
    );
  const large = await rate(LARGE, 500, WINDOW);
  const small = await rate(SMALL, 20_000, SMALL_WINDOW);
  const got = await warmMedian(async () => {
    await appendSeconds([store], LARGE, SIZE, 200, WINDOW);
    const keys = [...batch(LARGE, SIZE).keys()];
    return megabytesPerSecond(LARGE * SIZE * 200, () => store.get(keys));
  });
  const local = Dict();
  const entries = batch(LARGE, SIZE);
  const alone = await warmMedian(async () => {
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
  ];
}

function besideRedis(peer: number | undefined): Pick<Row, 'peerName' | 'peer' | 'target'> {
  return peer === undefined ? {} : { peerName: 'Redis pipelined APPEND', peer, target: 1 };
}

/** As many batches are under way with four clients as with a hundred, who have one each. */
async function clients(address: string): Promise<Row[]> {
  const all = Array.from({ length: 100 }, () => Client(address));
  const rate = (stores: typeof all) =>
    warmMedian(async () => (LARGE * 500) / (await appendSeconds(stores, LARGE, SIZE, 500, 100)));
  const four = await rate(all.slice(0, 4));
  const hundred = await rate(all);
  await Promise.all(all.map((client) => client.close()));
  const work = `append ${LARGE} × ${SIZE} B, 100 clients`;
  return [{ work, unit: 'keys/s', ours: hundred, peerName: '4 clients', peer: four, target: 0.7 }];
}

async function besideRaw(address: string): Promise<Row[]> {
  const raw = await RawZeroMQ.start();
  await using store = Client(address);
  const peerName = 'raw zeromq.js';
  const [trips, rawTrips] = [
    await warmMedian(async () => 1 / (await awaitedSeconds(store, SMALL, SIZE))),
    await warmMedian(async () => 1 / (await raw.roundTrip(SMALL * SIZE))),
  ];
  const [values, rawValues] = [
    await warmMedian(
      async () => 300 / (await appendSeconds([store], 1, 1e6, 300, LARGE_VALUE_WINDOW)),
    ),
    await warmMedian(async () => 300 / (await raw.seconds(1e6, 300, LARGE_VALUE_WINDOW))),
  ];
  raw.close();
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

async function warmMedian(work: () => Promise<number>): Promise<number> {
  for (let run = 0; run < WARM_UP; run++) await work();
  return median(RUNS, work);
}

/** A thread's client, by a message port and by ipc. */
async function threads(): Promise<Row[]> {
  await using server = await Server(Dict());
  const rows: Row[] = [];
  for (const load of [
    { keys: LARGE, size: SIZE, calls: 500, window: WINDOW },
    { keys: SMALL, size: SIZE, calls: 20_000, window: SMALL_WINDOW },
    { keys: 1, size: 1e6, calls: 300, window: LARGE_VALUE_WINDOW },
  ]) {
    const { keys, size, calls } = load;
    const run = (place: () => string | MessagePort) =>
      median(5, async () => (keys * size * calls) / 1e6 / (await inThread(place(), load)));
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

async function inThread(place: string | MessagePort, load: ThreadLoad): Promise<number> {
  const worker = new Worker(new URL('transport-thread.js', import.meta.url), {
    workerData: { place, ...load },
    transferList: typeof place === 'string' ? [] : [place],
  });
  const [seconds] = (await once(worker, 'message')) as [number];
  await once(worker, 'exit');
  return seconds;
}
