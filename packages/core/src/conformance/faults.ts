import { expect } from '@jest/globals';
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
      for (const [operation, read] of reads) await expectStruck(chaos, operation, read);
      await trial.expectContents(store, { a: [1], b: [2] });
      await store.close();
    },

    'a failed delete, pop, set, iset or drop is an error, and leaves the value': async (trial) => {
      const { chaos, store } = faulty(trial);
      await store.append({ a: trial.value(1), b: trial.value(2) });
      await store.flush();
      await store.append({ a: trial.value(3) });
      const changes: [Operation, () => Promise<unknown>][] = [
        ['delete', () => store.delete(['a', 'b'])],
        ['pop', () => store.pop('a')],
        ['pop', () => store.pop(['b', 'a'])],
        ['has', () => store.iset('c', trial.value(9))],
        ['iset', () => store.iset('c', trial.value(9))],
        ['set', () => store.set({ a: trial.value(9) })],
      ];
      for (const [operation, change] of changes) {
        await expectStruck(chaos, operation, change);
        chaos.calm();
        await store.delete('c');
        await trial.expectContents(store, { a: [1, 3], b: [2], c: [] });
      }
      await expectStruck(chaos, 'drop', () => store.drop());
      await store.drop();
      await trial.expectContents(store, { a: [], b: [] });
      await store.close();
    },

    'a failed flush or close is an error, and all is released the same': async (trial) => {
      const { chaos, store } = faulty(trial);
      await store.append({ a: trial.value(1) });
      await expectStruck(chaos, 'flush', () => store.flush());
      await trial.expectContents(store, { a: [1] });
      await store.flush({ durable: true });
      await expectStruck(chaos, 'flush', () => store.close());
      expect([store.closed, chaos.closed]).toEqual([true, true]);

      const second = faulty(trial);
      await second.store.append({ a: trial.value(1) });
      await expectStruck(second.chaos, 'close', () => second.store.close());
      expect([second.store.closed, second.chaos.closed]).toEqual([true, true]);
    },

    'a lost acknowledgement is an error, and nothing is lost': async (trial) => {
      const { chaos, inner, store } = faulty(trial);
      await store.append({ a: trial.value(1) });
      chaos.inject({ on: 'append', harm: 'lose-ack' });
      await store.append({ a: trial.value(2) }).catch(expectInjected);
      await store.flush().catch(expectInjected);
      await store.flush();
      expect(chaos.struck).toBe(1);
      const value = JSON.stringify(trial.comparable(await store.get('a')));
      const once = JSON.stringify(trial.joined([1, 2]));
      expect(value.length).toBeGreaterThanOrEqual(once.length);
      expect(await inner.has('a')).toBe(true);
      await store.close();
    },

    'delays change no result, and no order': async (trial) => {
      const chaos = Chaos(Reference(), { delayed: 0.5, seed: 3 });
      const store = trial.layer(chaos);
      const steps = anySteps(15);
      await checkProperty(Math.ceil(trial.runs / 5), steps, async (sequence) => {
        await store.drop();
        const map = new Model(trial);
        for (const step of sequence) {
          // Delays under one call may let a later one pass: whoever wants an order awaits.
          await map.run(step.op === 'append' ? { ...step, awaited: true } : step, store);
        }
        await map.expectIn(store);
      });
      await store.close();
    },

    'a call rejects with the fault and changes nothing, or does its work': async (trial) => {
      await checkProperty(Math.ceil(trial.runs / 2), anySteps(20), async (steps) => {
        const chaos = Chaos(Reference(), { failing: 0.15, seed: steps.length });
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
        await store.close();
      });
    },
  },
};

/** The layer under test over a store of the suite's that faults can strike; the case closes it. */
export function faulty<V>(trial: Trial<V>): { inner: Store; chaos: ChaosStore; store: Store<V> } {
  const inner = Reference();
  const chaos = Chaos(inner);
  return { inner, chaos, store: trial.layer(chaos) };
}

/** Fails unless a call rejects with the fault that its operation is struck by underneath. */
async function expectStruck(
  chaos: ChaosStore,
  on: Operation,
  call: () => Promise<unknown>,
): Promise<void> {
  const before = chaos.struck;
  chaos.inject({ on, harm: 'fail' });
  if (chaos.struck > before) throw new Error('a fault struck before it could');
  const outcome = await call().then(
    () => 'resolved',
    (error: unknown) => error,
  );
  chaos.calm();
  // A layer may do without this operation of the store underneath; but if it asked, it must say what came.
  if (chaos.struck > before) expectInjected(outcome);
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
