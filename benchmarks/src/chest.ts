import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Chest, Log } from 'spillway';
import type { LargeFigures } from './chest-large.js';
import { classicLevel, lmdb, type SmallValues } from './chest-peers.js';
import { median, peer, seconds, withDirectory } from './measure.js';
import type { Row } from './report.js';

const RUNS = 3;
const VALUES = 1_000_000;
const SIZE = 100;
const TOGETHER = 1000;
/** So many values peers set one by one, which takes them long enough. */
const PEER_SETS = 100_000;

/** Chest beside plain files, Python's shelve and diskcache, LevelDB and LMDB. */
export async function chest(): Promise<Row[]> {
  return [...(await large()), ...(await small()), await hits()];
}

async function large(): Promise<Row[]> {
  const figures: { npy: LargeFigures; msgpack: LargeFigures; plain: LargeFigures }[] = [];
  for (let run = 0; run < RUNS; run++) {
    const npy = await runLarge('npy');
    figures.push({
      npy,
      msgpack: await runLarge('msgpack'),
      plain: await runLarge('plain', npy.spilled),
    });
  }
  const middle = (who: keyof (typeof figures)[0], of: keyof LargeFigures) =>
    figures.map((one) => one[who][of]).sort((a, b) => a - b)[RUNS >> 1] as number;
  const row = (who: 'npy' | 'msgpack', of: 'write' | 'read'): Row => ({
    work: `Chest ${of} what spills of 200 arrays of 8 MB, 400 MB in memory, ${who}`,
    unit: 'MB/s',
    ours: middle(who, of),
    peerName: `${of}File`,
    peer: middle('plain', of),
    target: 0.8,
    note: `peak ${middle(who, 'peak').toFixed(0)} MB`,
  });
  return [row('npy', 'write'), row('npy', 'read'), row('msgpack', 'write'), row('msgpack', 'read')];
}

function runLarge(who: string, count = 0): Promise<LargeFigures> {
  const script = fileURLToPath(new URL('./chest-large.js', import.meta.url));
  return withDirectory(async (path) => {
    const args = [script, who, path, String(count)];
    return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as LargeFigures;
  });
}

async function small(): Promise<Row[]> {
  const values = `of ${SIZE} B in a Log`;
  const one = {
    work: `Chest set ${VALUES.toLocaleString('en')} ${values}`,
    unit: 'keys/s',
  } as const;
  const many = { ...one, work: `Chest setMany ${TOGETHER} ${values}` };
  const read = { ...one, work: `Chest getMany ${TOGETHER} ${values}` };
  const python = (name: string) =>
    peer<{ set: number; get: number }>('chest.py', name, 100_000, SIZE);
  const [shelve, diskcache] = [python('shelve'), python('diskcache')];
  const ours = await rates(openChest, VALUES);
  const level = await rates(classicLevel, PEER_SETS);
  const memoryMapped = await rates(lmdb, PEER_SETS);
  return [
    { ...one, ours: ours.set, peerName: 'diskcache', peer: diskcache.set, target: 10 },
    { ...one, ours: ours.set, peerName: 'shelve', peer: shelve.set },
    { ...one, ours: ours.set, peerName: 'classic-level', peer: level.set, target: 1 },
    { ...one, ours: ours.set, peerName: 'lmdb', peer: memoryMapped.set },
    { ...many, ours: ours.setMany, peerName: 'classic-level', peer: level.setMany },
    { ...many, ours: ours.setMany, peerName: 'lmdb', peer: memoryMapped.setMany },
    { ...read, ours: ours.getMany, peerName: 'diskcache', peer: diskcache.get },
    { ...read, ours: ours.getMany, peerName: 'classic-level', peer: level.getMany },
    { ...read, ours: ours.getMany, peerName: 'lmdb', peer: memoryMapped.getMany },
  ];
}

async function openChest(path: string): Promise<SmallValues> {
  const chest = Chest<string, Uint8Array>(undefined, { store: Log(join(path, 'log')) });
  return {
    set: (key, value) => chest.set(key, value),
    setMany: (entries) => chest.setMany(entries),
    getMany: (keys) => chest.getMany(keys),
    flush: () => chest.flush(),
    close: () => chest.close(),
  };
}

/** Values a second: set one by one, set together, and got, all of them but the last found on the disk. */
async function rates(open: (path: string) => Promise<SmallValues>, sets: number) {
  const value = new Uint8Array(SIZE).fill(7);
  const keys = Array.from({ length: VALUES }, (_, i) => `key-${i}`);
  const rate = (count: number, work: (values: SmallValues) => Promise<void>) =>
    withDirectory(async (path) => {
      const values = await open(path);
      const took = await seconds(async () => {
        await work(values);
        await values.flush();
      });
      await values.close();
      return count / took;
    });
  const setMany = async (values: SmallValues) => {
    for (let i = 0; i < VALUES; i += TOGETHER)
      await values.setMany(keys.slice(i, i + TOGETHER).map((key) => [key, value] as const));
  };
  return {
    set: await median(RUNS, () =>
      rate(sets, async (values) => {
        for (const key of keys.slice(0, sets)) await values.set(key, value);
      }),
    ),
    setMany: await median(RUNS, () => rate(VALUES, setMany)),
    getMany: await withDirectory(async (path) => {
      const values = await open(path);
      await setMany(values);
      await values.close();
      const again = await open(path);
      const took = await seconds(async () => {
        for (let i = 0; i < VALUES; i += TOGETHER) {
          const some = await again.getMany(keys.slice(i, i + TOGETHER));
          for (const one of some) if (one?.length !== SIZE) throw new Error('a value is missing');
        }
      });
      await again.close();
      return VALUES / took;
    }),
  };
}

async function hits(): Promise<Row> {
  const [keys, rounds] = [1000, 2000];
  await using chest = Chest<number | string, number>();
  for (let i = 0; i < keys; i++) await chest.set(`key-${i}`, i);
  await chest.flush();
  const names = Array.from({ length: keys }, (_, i) => `key-${i}`);
  const ours = await median(
    RUNS,
    async () =>
      (keys * rounds) /
      (await seconds(async () => {
        for (let round = 0; round < rounds; round++)
          for (const name of names) await chest.get(name);
      })),
  );
  return { work: 'Chest get, in memory', unit: 'calls/s', ours, target: 2_000_000 };
}
