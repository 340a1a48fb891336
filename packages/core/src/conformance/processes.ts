import { expect } from '@jest/globals';
import { LockError } from '../errors.js';
import type { Store } from '../store.js';
import { byteGroup, type Group } from './group.js';
import { OtherProcess } from './other-process.js';
import { rejection } from './rejection.js';
import type { Trial } from './trial.js';

/** Bytes of a part that names its caller and its number. */
const PART = 100;

/** One store, many processes, each with a handle by its spec. */
export const processes: Group = byteGroup({
  name: 'processes',
  needs: ['processes'],
  everyState: false,
  cases: {
    'get an equal handle by the spec': async (trial) => {
      const store = await trial.open();
      await store.append({ a: trial.value(1) });
      await store.flush();
      const other = await another(trial, store);
      expect(await other.call('open', String(store))).toBe(String(store));
      trial.expectJoin(await other.call('get', 'a'), [1]);
      await other.call('append', { a: trial.value(2), b: trial.value(3) });
      await other.call('flush');
      await trial.expectContents(store, { a: [1, 2], b: [3] });
      await other.end();
      await trial.expectContents(store, { a: [1, 2], b: [3] });
    },

    'see what another one took away or replaced': async (trial) => {
      const store = await trial.open();
      const other = await another(trial, store);
      const takeAway = [
        () => store.delete(['a']),
        () => store.pop('a'),
        () => store.drop(),
        () => store.set({ a: new Uint8Array(0) }),
      ];
      for (const [i, change] of takeAway.entries()) {
        await other.call('append', { a: trial.value(i) });
        await other.call('flush');
        await store.append({ a: trial.value(i + 10) });
        await store.flush();
        trial.expectJoin(await other.call('get', 'a'), [i, i + 10]);
        await change();
        await store.flush();
        expect((await other.call('get', 'a')).length).toBe(0);
        await other.call('append', { a: trial.value(i + 20) });
        await other.call('flush');
        await store.append({ a: trial.value(i + 30) });
        trial.expectJoin(await store.get('a'), [i + 20, i + 30]);
        await store.drop();
      }
    },

    'lose no append, keep their order and mix none': async (trial) => {
      const store = await trial.open();
      const others = await Promise.all([1, 2, 3].map(() => another(trial, store)));
      await Promise.all(others.map((other, i) => other.call('appendParts', 'a', i + 1, 200, PART)));
      await Promise.all(others.map((other) => other.call('flush')));
      expect(partsOf(await store.get('a'))).toEqual(new Map([1, 2, 3].map((i) => [i, 200])));
    },

    'take turns with exclusive work': async (trial) => {
      const store = await trial.open();
      const others = await Promise.all([1, 2, 3].map(() => another(trial, store)));
      await Promise.all(others.map((other) => other.call('count', 'n', 15)));
      expect(Buffer.from(await store.get('n')).toString()).toBe('45');
    },

    'pop each byte once': async (trial) => {
      const store = await trial.open();
      const others = await Promise.all([1, 2].map(() => another(trial, store)));
      let appending = true;
      const popped: Uint8Array[] = [];
      const popping = others.map(async (other) => {
        while (appending) popped.push(await other.call('pop', 'a'));
      });
      for (let i = 0; i < 60; i++) {
        await store.append({ a: new Uint8Array(PART).fill(i) });
        if (i % 5 === 0) popped.push(await store.pop('a'));
      }
      await store.flush();
      appending = false;
      await Promise.all(popping);
      popped.push(await store.pop('a'));
      const counts = new Array<number>(60).fill(0);
      for (const bytes of popped) for (const byte of bytes) (counts[byte] as number)++;
      expect(counts).toEqual(new Array(60).fill(PART));
    },

    'write once when all iset': async (trial) => {
      const store = await trial.open();
      const others = await Promise.all([1, 2, 3].map(() => another(trial, store)));
      await Promise.all(
        others.flatMap((other, i) => [other.call('iset', 'a', trial.value(i)), store.has('a')]),
      );
      const written = trial.comparable(await store.iget('a'));
      expect([0, 1, 2].map((i) => trial.joined([i]))).toContainEqual(written);
      for (const other of others) {
        expect(trial.comparable(await other.call('get', 'a'))).toEqual(written);
      }
    },

    'wait while one works alone, and go on when it is killed': async (trial) => {
      const store = await trial.open();
      const other = await another(trial, store);
      await other.call('hold');
      let killed = false;
      const appended = store.append({ a: trial.value(1) }).then(() => killed);
      const worked = store.exclusive((held) => held.append({ b: trial.value(2) }));
      await new Promise((resolve) => setTimeout(resolve, 100));
      killed = true;
      await other.kill();
      expect(await appended).toBe(true);
      await worked;
      await trial.expectContents(store, { a: [1], b: [2] });
    },

    'that are killed lose nothing that was acknowledged, and stop nobody': async (trial) => {
      const store = await trial.open();
      for (let round = 1; round <= 4; round++) {
        const other = await another(trial, store);
        const appending = other.call('appendParts', 'a', round, 1_000_000, PART).catch(() => {});
        while (other.accepted < 20 * round) await new Promise((resolve) => setTimeout(resolve, 1));
        const bystander = store.append({ b: trial.value(round) });
        await other.kill();
        await appending;
        await bystander;
        const value = await store.pop('a');
        const whole = value.subarray(0, value.length - (value.length % PART));
        expect(partsOf(whole).get(round)).toBeGreaterThanOrEqual(other.accepted);
      }
      trial.expectJoin(await store.get('b'), [1, 2, 3, 4]);
    },
  },
});

/** A lock held by another process. */
export const processLocks: Group = byteGroup({
  name: 'locks of processes',
  needs: ['processes', 'persistent'],
  everyState: false,
  cases: {
    'are a LockError naming the process that holds them': async (trial) => {
      const path = await trial.directory();
      const store = await trial.persistent(path);
      const other = await another(trial, store);
      const impatient = await trial.persistent(path, { lockTimeout: 100 });
      await impatient.append({ a: trial.value(1) });
      await other.call('hold');
      const error = await rejection(() => impatient.append({ a: trial.value(2) }));
      expect(error).toBeInstanceOf(LockError);
      expect((error as LockError).holder).toContain(String(other.pid));
      expect((error as LockError).message).toContain(String(other.pid));
      await other.call('release');
      await store.append({ a: trial.value(3) });
      await store.flush();
      await trial.expectContents(impatient, { a: [1, 3] });
    },
  },
});

/** A handle on the store's contents in a process of its own, ended with the case. */
async function another<V>(trial: Trial<V>, store: Store<V>): Promise<OtherProcess> {
  const { processes: factories } = trial.options;
  if (factories === undefined) throw new Error('the case needs the option processes');
  const other = await OtherProcess.open(factories, String(store));
  // Before the store closes: a temporary one must not go while another process uses it.
  trial.finally(() => other.end());
  return other;
}

/** How many parts each caller wrote. Fails unless each caller's come whole and in order. */
function partsOf(value: Uint8Array): Map<number, number> {
  const counts = new Map<number, number>();
  expect(value.length % PART).toBe(0);
  for (let at = 0; at < value.length; at += PART) {
    const part = Buffer.from(value.buffer, value.byteOffset + at, PART);
    const caller = part[0] as number;
    const i = counts.get(caller) ?? 0;
    const expected = Buffer.alloc(PART, caller);
    expected.writeUInt32BE(i, 1);
    expect(part.equals(expected)).toBe(true);
    counts.set(caller, i + 1);
  }
  return counts;
}
