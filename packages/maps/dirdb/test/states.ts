import { expect } from '@jest/globals';
import { DirDBDirectory } from '../src/index.js';
import { Disk } from './disk.js';

/** The state of an entry after the write of this number: data and metadata say it; 0 is none. */
export interface State {
  readonly n: number;
}

type Db = DirDBDirectory<unknown, State>;

/** Each put is of another format than the one before, or of the same. */
export function dataOf(n: number): unknown {
  const forms = [Float64Array.of(n, n), [n, 'text'], Int32Array.of(n)];
  return forms[n % forms.length];
}

/** Puts data and metadata together. */
export function put(db: Db, n: number, name = 'foo'): Promise<void> {
  return db.entry(name).putData(dataOf(n), { meta: { n } });
}

/** The state that is found, which must be one. */
export async function stateOf(path: string, name = 'foo'): Promise<number> {
  await using db = new DirDBDirectory<unknown, State>(path, { lockTimeout: 5000 });
  const entry = db.entry(name);
  const [data, meta] = [await entry.getData(), await entry.readMeta()];
  const n = meta?.n ?? 0;
  expect({ n, data }).toEqual({ n, data: n === 0 ? undefined : dataOf(n) });
  expect(await db.entry('other').getData()).toBe('beside it');
  return n;
}

/** A directory with two entries, on a disk that can fail. */
export async function prepare(path: string, disk: Disk): Promise<Db> {
  await using before = new DirDBDirectory<unknown, State>(path, {}, new Disk());
  await put(before, 1);
  await before.entry('other').putData('beside it');
  return new DirDBDirectory<unknown, State>(path, { lockTimeout: 5000 }, disk);
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
