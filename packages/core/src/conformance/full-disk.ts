import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { StorageError } from '../errors.js';
import type { Store } from '../store.js';
import { byteGroup, type Case, type Group } from './group.js';
import { mountSmallDisk } from './small-disk.js';
import type { Trial } from './trial.js';
import { pseudoRandomBytes } from './values.js';

/** A full disk is an error that says so; nothing is lost, and what failed can be done again. */
export const fullDisk: Group = byteGroup({
  name: 'a full disk',
  needs: ['persistent', 'disk'],
  everyState: false,
  cases: {
    'refuses an append whole, which succeeds once there is room': onSmallDisk(
      'size=2m',
      async (trial, path) => {
        const ballast = join(path, 'ballast');
        await writeFile(ballast, pseudoRandomBytes(0, 500_000));
        const directory = join(path, 'store');
        const store = await trial.persistent(directory);
        const parts: Uint8Array[] = [];
        const failure = await fill(store, parts, 50_000);
        expectFull(failure, directory);
        await expectParts(trial, store, parts);
        expectFull(await outcome(appendPart(store, parts.length, 100_000)), directory);
        await expectParts(trial, store, parts);
        await rm(ballast);
        parts.push(await appendPart(store, parts.length, 50_000));
        await store.flush({ durable: true });
        await expectParts(trial, store, parts);
        await store.close();
        await expectParts(trial, await trial.persistent(directory), parts);
      },
    ),

    'refuses a batch whose last keys have no room, whole': onSmallDisk(
      'size=2m,nr_inodes=40',
      async (trial, path) => {
        const directory = join(path, 'store');
        const store = await trial.persistent(directory);
        await store.append({ a: trial.value(1) });
        await store.flush();
        const keys = ['a', ...Array.from({ length: 60 }, (_, i) => `k${i}`)];
        const entries = keys.map((key, i) => [key, trial.value(i)] as const);
        const error = await outcome(store.append(entries).then(() => store.flush()));
        // A store of few files has room for all of them.
        if (error === undefined) return trial.expectJoin(await store.get('k59'), [60]);
        expectFull(error, directory);
        if (await isBuffered(store, keys)) return;
        await trial.expectContents(store, { a: [1] });
        await store.append({ a: trial.value(2), k1: trial.value(3) });
        await trial.expectContents(store, { a: [1, 2], k1: [3] });
      },
    ),

    'leaves a value as it was when there is no room to set another': onSmallDisk(
      'size=1m',
      async (trial, path) => {
        const directory = join(path, 'store');
        const store = await trial.persistent(directory);
        await store.append({ a: trial.value(1), b: pseudoRandomBytes(2, 300_000) });
        await store.flush();
        const large = { a: pseudoRandomBytes(3, 2_000_000), b: pseudoRandomBytes(4, 100) };
        const set = await outcome(store.set(large));
        if (set === undefined) return expectFull(await outcome(store.flush()), directory);
        expectFull(set, directory);
        expectBytes(await store.get('b'), pseudoRandomBytes(2, 300_000));
        trial.expectJoin(await store.get('a'), [1]);
        await store.set({ b: trial.value(5) });
        await trial.expectContents(store, { a: [1], b: [5] });
      },
    ),

    'has room again once something is deleted': onSmallDisk('size=1m', async (trial, path) => {
      const store = await trial.persistent(join(path, 'store'));
      const parts: Uint8Array[] = [];
      await fill(store, parts, 50_000);
      await store.delete('a');
      await store.append({ c: trial.value(1) });
      await store.drop();
      await store.append({ d: pseudoRandomBytes(6, 200_000) });
      await store.flush();
      expectBytes(await store.get('d'), pseudoRandomBytes(6, 200_000));
      expect(await trial.keysOf(store)).toEqual(['d']);
    }),
  },
});

/** A case on a file system in memory, of a few megabytes; where none can be mounted, it says so and passes. */
function onSmallDisk(
  options: string,
  work: (trial: Trial<Uint8Array>, path: string) => Promise<void>,
): Case<Uint8Array> {
  return async (trial) => {
    const path = await trial.directory();
    const unmount = mountSmallDisk(path, options);
    if (unmount === undefined) return;
    trial.defer(unmount);
    await work(trial, path);
  };
}

/** Appends to keys a and b until there is no room; `parts` gets what was accepted. */
async function fill(store: Store, parts: Uint8Array[], length: number): Promise<unknown> {
  for (let i = 0; i < 1000; i++) {
    try {
      parts.push(await appendPart(store, i, length));
      await store.flush();
    } catch (error) {
      return error;
    }
  }
  throw new Error('the disk never filled');
}

async function appendPart(store: Store, i: number, length: number): Promise<Uint8Array> {
  const part = pseudoRandomBytes(i, length);
  await store.append({ a: part, b: part });
  return part;
}

async function expectParts(
  trial: Trial<Uint8Array>,
  store: Store,
  parts: readonly Uint8Array[],
): Promise<void> {
  const whole = Buffer.concat(parts);
  for (const value of await store.get(['a', 'b'])) expectBytes(value, whole);
  expect(await trial.keysOf(store)).toEqual(['a', 'b']);
}

function expectBytes(actual: Uint8Array, expected: Uint8Array): void {
  expect(actual.length).toBe(expected.length);
  expect(Buffer.compare(actual, expected)).toBe(0);
}

/** Whether the store keeps in memory what the disk refused, and so has all that was appended. */
async function isBuffered(store: Store, keys: readonly string[]): Promise<boolean> {
  return store.has(keys[keys.length - 1] as string);
}

function expectFull(error: unknown, directory: string): void {
  expect(error).toBeInstanceOf(StorageError);
  const { code, path, wanted, free, message } = error as StorageError;
  expect(code).toBe('ENOSPC');
  expect(path?.startsWith(directory)).toBe(true);
  expect(message).toContain(directory);
  expect(wanted).toBeGreaterThan(0);
  expect(free).toBeGreaterThanOrEqual(0);
}

/** What a call rejects with, if it does. */
async function outcome(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  );
}
