import { expect } from '@jest/globals';
import fc from 'fast-check';
import { StorageError } from '../errors.js';
import type { Store } from '../store.js';
import { Chaos, type ChaosStore, type Operation } from './chaos.js';
import type { Group } from './group.js';
import { Model } from './model.js';
import { checkProperty } from './property.js';
import { Reference } from './reference.js';
import { anySteps } from './steps.js';
import { collect, type Trial } from './trial.js';

/** A layer over a store that fails: nothing is swallowed, lost or made up. */
export const faults: Group = {
  name: 'faults underneath',
  needs: ['layer'],
  everyState: false,
  cases: {
    'a failed append is reported, and what was accepted stays, once': async (trial) => {
      const { chaos, store } = faulty(trial);
      await store.append({ a: trial.value(1) });
      await store.flush();
      chaos.inject({ on: 'append', harm: 'fail' });
      const accepted = await succeeds(store.append({ a: trial.value(2), b: trial.value(3) }));
      const flushed = await succeeds(store.flush());
      expect(chaos.struck).toBe(1);
      expect({ accepted, flushed }).not.toEqual({ accepted: true, flushed: true });
      const contents = accepted ? { a: [1, 2], b: [3] } : { a: [1], b: [] };
      await trial.expectContents(store, contents);
      await store.append({ a: trial.value(4) });
      await store.flush();
      await trial.expectContents(store, { ...contents, a: [...contents.a, 4] });
      await store.close();
    },

    'a failed read is an error, never an absent key': async (trial) => {
      const { chaos, store } = faulty(trial);
      await store.append({ a: trial.value(1), b: trial.value(2) });
      await store.flush();
      const reads: [Operation, () => Promise<unknown>][] = [
        ['get', () => store.get('a')],
        ['get', () => store.get(['b', 'a'])],
        ['get', () => store.iget('a')],
        ['has', () => store.has('a')],
        ['keys', () => collect(store.keys())],
        ['stream', () => collect(store.stream('a'))],
      ];
      for (const [operation, read] of reads) await strikes(chaos, operation, read);
      await trial.expectContents(store, { a: [1], b: [2] });
      await store.close();
    },

    'a failed delete, pop, set or iset is an error, and changes nothing': async (trial) => {
      const changes: [Operation, (store: Store<V>) => Promise<unknown>][] = [
        ['delete', (store) => store.delete(['a', 'b'])],
        ['pop', (store) => store.pop('a')],
        ['pop', (store) => store.pop(['b', 'a'])],
        ['has', (store) => store.iset('c', trial.value(9))],
        ['iset', (store) => store.iset('c', trial.value(9))],
        ['set', (store) => store.set({ a: trial.value(9) })],
        ['delete', (store) => store.set({ a: trial.value(9) })],
        ['append', (store) => store.set({ a: trial.value(9) })],
      ];
      type V = ReturnType<typeof trial.value>;
      for (const [operation, change] of changes) {
        const { chaos, store } = faulty(trial);
        await store.append({ a: trial.value(1), b: trial.value(2) });
        await store.flush();
        await store.append({ a: trial.value(3) });
        if (await strikes(chaos, operation, () => change(store))) {
          await trial.expectContents(store, { a: [1, 3], b: [2], c: [] });
        }
        await store.close();
      }
    },

    'a failed drop is an error, and the next one drops': async (trial) => {
      const { chaos, store } = faulty(trial);
      await store.append({ a: trial.value(1) });
      await store.flush();
      await store.append({ a: trial.value(2), b: trial.value(3) });
      await strikes(chaos, 'drop', () => store.drop());
      await store.drop();
      await trial.expectContents(store, { a: [], b: [] });
      await store.close();
    },

    'a failure that shows late loses nothing to the call that shows it': async (trial) => {
      const changes: ((store: Store<unknown>) => Promise<unknown>)[] = [
        (store) => store.set({ a: trial.value(9) }),
        (store) => store.iset('c', trial.value(9)),
        (store) => store.delete('a'),
        (store) => store.pop('a'),
        (store) => store.append({ a: trial.value(9) }),
        (store) => store.exclusive((held) => held.set({ a: trial.value(9) })),
      ];
      for (const change of changes) {
        const { chaos, store } = faulty(trial);
        const seeds: number[] = [];
        for (let i = 0; i < 100 && chaos.struck === 0; i++) {
          chaos.calm();
          chaos.inject({ on: 'append', harm: 'fail' });
          if (await succeeds(store.append({ a: trial.value(i) }))) seeds.push(i);
          await new Promise(setImmediate);
        }
        chaos.calm();
        if (!(await succeeds(change(store))))
          await trial.expectContents(store, { a: seeds, c: [] });
        await store.flush().catch(expectInjected);
        await store.close();
      }
    },

    'a failed flush or close is an error, and all is released the same': async (trial) => {
      const { chaos, store } = faulty(trial);
      await store.append({ a: trial.value(1) });
      await strikes(chaos, 'flush', () => store.flush());
      await trial.expectContents(store, { a: [1] });
      await store.flush({ durable: true });
      await strikes(chaos, 'flush', () => store.close());
      expect([store.closed, chaos.closed]).toEqual([true, true]);

      const second = faulty(trial);
      await second.store.append({ a: trial.value(1) });
      await strikes(second.chaos, 'close', () => second.store.close());
      expect([second.store.closed, second.chaos.closed]).toEqual([true, true]);
    },

    'a lost acknowledgement is an error, and nothing is lost': async (trial) => {
      const { chaos, store } = faulty(trial);
      await store.append({ a: trial.value(1) });
      await store.flush();
      chaos.inject({ on: 'append', harm: 'lose-ack' });
      const accepted = await succeeds(store.append({ a: trial.value(2) }));
      const flushed = await succeeds(store.flush());
      expect({ accepted, flushed }).not.toEqual({ accepted: true, flushed: true });
      await store.flush();
      expect(chaos.struck).toBe(1);
      // Once, or twice where the layer keeps what it could not see accepted.
      const possible = [trial.joined([1, 2]), trial.joined([1, 2, 2])];
      expect(possible).toContainEqual(trial.comparable(await store.get('a')));
      await store.close();
    },

    'a change is not undone by what is still under way underneath': async (trial) => {
      const keys = Array.from({ length: 10 }, (_, i) => `k${i}`);
      const whole = (seeds: readonly number[]) =>
        trial.values.join(seeds.map((seed) => trial.value(seed)));
      for (let round = 0; round < 8; round++) {
        const store = trial.layer(Chaos(Reference(), { delayed: 0.8, seed: round }));
        const contents = new Map<string, number[]>();
        const appended: Promise<void>[] = [];
        for (let i = 0; i < 15; i++) {
          const key = keys[(i * 7) % 10] as string;
          contents.set(key, [...(contents.get(key) ?? []), i]);
          appended.push(store.append({ [key]: trial.value(i) }));
        }
        const large = Array.from({ length: 4 * round }, (_, i) => 100 + i);
        const popped = contents.get('k2') ?? [];
        const changes = [
          store.set({ k0: whole(large), k1: trial.value(50) }),
          store.delete(['k3', 'k4']),
          store.append({ k3: trial.value(51), k5: trial.value(52) }),
          store.pop('k2').then((value) => trial.expectJoin(value, popped)),
          store.set({ k6: trial.value(53), k5: whole(large) }),
        ];
        await Promise.all([...appended, ...changes]);
        contents.set('k0', large).set('k1', [50]).set('k3', [51]).set('k6', [53]).set('k5', large);
        for (const gone of ['k2', 'k4']) contents.delete(gone);
        const present = [...contents].filter(([, seeds]) => seeds.length > 0);
        for (const [key, seeds] of present) trial.expectJoin(await store.get(key), seeds);
        await store.flush();
        for (const [key, seeds] of present) trial.expectJoin(await store.get(key), seeds);
        for (const gone of ['k2', 'k4']) expect(await store.has(gone)).toBe(false);
        await store.close();
      }
    },

    'delays change no result, and no order': async (trial) => {
      const chaos = Chaos(Reference(), { delayed: 0.5, seed: 3 });
      const store = trial.layer(chaos);
      const steps = anySteps(15);
      await checkProperty(Math.ceil(trial.runs / 2), steps, async (sequence) => {
        await store.drop();
        const map = new Model(trial);
        for (const step of sequence) await map.run(step, store);
        await map.expectIn(store);
      });
      await store.close();
    },

    'a call rejects with the fault and changes nothing, or does its work': async (trial) => {
      const runs = fc.tuple(anySteps(20), fc.nat());
      await checkProperty(Math.ceil(trial.runs / 2), runs, async ([steps, seed]) => {
        const chaos = Chaos(Reference(), { failing: 0.15, seed });
        const store = trial.layer(chaos);
        const map = new Model(trial);
        for (const step of steps) {
          // A drop that fails half way may have dropped half; exclusive work may have done some steps.
          if (step.op === 'drop' || step.op === 'exclusive') continue;
          await map
            .run(step.op === 'append' ? { ...step, awaited: true } : step, store)
            .catch(expectInjected);
        }
        chaos.calm();
        await store.flush().catch(expectInjected);
        await map.expectIn(store);
        // What failed in the background late is reported here at the latest.
        await store.close().catch(expectInjected);
      });
    },
  },
};

/** The layer under test over a store of the suite's that faults can strike; the case closes it. */
function faulty<V>(trial: Trial<V>): { chaos: ChaosStore; store: Store<V> } {
  const chaos = Chaos(Reference());
  return { chaos, store: trial.layer(chaos) };
}

/**
 * Does a call while its operation fails underneath. Gives whether the fault struck, for a layer may do
 * without that operation of the store underneath; when it did, the call must reject with the fault.
 */
async function strikes(
  chaos: ChaosStore,
  on: Operation,
  call: () => Promise<unknown>,
): Promise<boolean> {
  const before = chaos.struck;
  chaos.inject({ on, harm: 'fail' });
  const outcome = await call().then(
    () => new Error(`the call resolved, though ${on} may have failed underneath`),
    (error: unknown) => error,
  );
  chaos.calm();
  if (chaos.struck === before) return false;
  expectInjected(outcome);
  return true;
}

function expectInjected(error: unknown): void {
  let cause = error;
  while (cause instanceof Error && !(cause instanceof StorageError) && cause.cause)
    cause = cause.cause;
  if (!(cause instanceof StorageError)) throw error;
  expect(cause).toMatchObject({ code: 'EIO' });
  expect(cause.message).toContain('an injected fault');
}

async function succeeds(promise: Promise<unknown>): Promise<boolean> {
  try {
    await promise;
    return true;
  } catch (error) {
    expectInjected(error);
    return false;
  }
}
