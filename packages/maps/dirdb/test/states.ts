import { expect } from '@jest/globals';
import { DirDBDirectory } from '../src/index.js';
import { Disk } from './disk.js';

/** Metadata that say by which write they were put. */
export interface Written {
  readonly n: number;
}

export type Db = DirDBDirectory<unknown, Written>;

/** By which writes data and metadata were put; 0 for none. */
export interface State {
  readonly data: number;
  readonly meta: number;
}

/** A database on a disk that can fail. */
export function openOn(path: string, disk: Disk): Db {
  return new DirDBDirectory<unknown, Written>(path, { lockTimeout: 5000 }, disk);
}

/** Data that say by which write they were put, in one of three formats. */
export function dataOf(n: number): unknown {
  return [Float64Array.of(n, n), [n, 'text'], Int32Array.of(n)][n % 3];
}

/** Puts data and metadata together. */
export function put(db: Db, n: number, name = 'foo'): Promise<void> {
  return db.entry(name).putData(dataOf(n), { meta: { n } });
}

/** The state that is found when the system runs again. */
export async function stateOf(path: string, name = 'foo'): Promise<State> {
  await using db = openOn(path, new Disk());
  const data = (await db.entry(name).getData()) as ArrayLike<number> | undefined;
  const n = data?.[0] ?? 0;
  expect(data).toEqual(n === 0 ? undefined : dataOf(n));
  return { data: n, meta: (await db.entry(name).readMeta())?.n ?? 0 };
}

/** A directory with an entry of the first write, on a disk that can fail. */
export async function prepare(path: string, disk: Disk): Promise<Db> {
  await using before = openOn(path, new Disk());
  await put(before, 1);
  return openOn(path, disk);
}

/** Numbers from 0 to 1, the same ones for a seed. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    // xorshift32 (Marsaglia, 2003)
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
