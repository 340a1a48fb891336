import { expect } from '@jest/globals';
import type { Store } from '../store.js';
import type { Group } from './group.js';
import { expectClosed, rejection } from './rejection.js';
import { collect } from './trial.js';

/** `exclusive`: work that nobody else reads or writes beside. */
export const exclusive: Group = {
  name: 'exclusive',
  cases: {
    'gives its work a store that can do everything': async (trial) => {
      const store = await trial.open();
      await store.append({ a: trial.value(1), b: trial.value(2) });
      const result = await store.exclusive(async (held) => {
        trial.expectJoin(await held.get('a'), [1]);
        await held.append({ a: trial.value(3) });
        await held.set({ b: trial.value(4), c: trial.value(5) });
        await held.iset('once', trial.value(6));
        await held.iset('once', trial.value(7));
        trial.expectJoin(await held.iget('once'), [6]);
        trial.expectJoin(trial.values.join(await collect(held.stream('a'))), [1, 3]);
        expect(await held.has('c')).toBe(true);
        trial.expectJoin(await held.pop('c'), [5]);
        await held.flush({ durable: true });
        await trial.expectContents(held, { a: [1, 3], b: [4], once: [6] });
        await held.delete('once');
        return 'result';
      });
      expect(result).toBe('result');
      await trial.expectContents(store, { a: [1, 3], b: [4] });
      await store.exclusive((held) => held.drop());
      await trial.expectContents(store, {});
    },

    'may nest without deadlock': async (trial) => {
      const store = await trial.open();
      await store.exclusive(async (held) => {
        await held.append({ a: trial.value(1) });
        await held.exclusive(async (inner) => {
          await inner.append({ a: trial.value(2) });
          trial.expectJoin(await inner.get('a'), [1, 2]);
        });
        await held.append({ a: trial.value(3) });
      });
      await trial.expectContents(store, { a: [1, 2, 3] });
    },

    'keeps the calls of all others waiting': async (trial) => {
      const store = await trial.open();
      await store.append({ a: trial.value(1) });
      const others: Promise<boolean>[] = [];
      let running = true;
      const waits = (promise: Promise<unknown>) => others.push(promise.then(() => running));
      await store.exclusive(async (held) => {
        waits(store.append({ a: trial.value(2) }));
        waits(store.get('a'));
        waits(store.has('a'));
        waits(store.flush());
        waits(store.keys().next());
        waits(store.exclusive(() => undefined));
        for (let i = 0; i < 10; i++) {
          trial.expectJoin(await held.get('a'), [1]);
          await new Promise(setImmediate);
        }
        running = false;
      });
      expect(await Promise.all(others)).toEqual(others.map(() => false));
      await trial.expectContents(store, { a: [1, 2] });
    },

    'begins when what was called before has ended': async (trial) => {
      const store = await trial.open();
      const before = Array.from({ length: 10 }, (_, i) => store.append({ a: trial.value(i) }));
      const seeds = [...before.keys()];
      await store.exclusive(async (held) => trial.expectJoin(await held.get('a'), seeds));
      await Promise.all(before);
    },

    'makes reading and writing one step': async (trial) => {
      const store = await trial.open();
      let last = 0;
      const step = async (held: Store<unknown>, i: number) => {
        const seen = last;
        await held.has('counter');
        await held.flush();
        last = seen + 1;
        await held.set({ counter: trial.value(i) });
      };
      await Promise.all(
        Array.from({ length: 10 }, (_, i) => store.exclusive((held) => step(held, i))),
      );
      expect(last).toBe(10);
      await trial.expectContents(store, { counter: [9] });
    },

    'rejects with what its work throws, and lets others in': async (trial) => {
      const store = await trial.open();
      const failure = new Error('the work failed');
      const fail = (held: Store<unknown>) => async () => {
        await held.append({ a: trial.value(1) });
        throw failure;
      };
      expect(await rejection(() => store.exclusive((held) => fail(held)()))).toBe(failure);
      const throws = () => {
        throw failure;
      };
      expect(await rejection(() => store.exclusive(throws))).toBe(failure);
      await store.append({ a: trial.value(2) });
      await trial.expectContents(store, { a: [1, 2] });
    },

    'lends its store for the time of the work only': async (trial) => {
      const store = await trial.open();
      const escaped = await store.exclusive((held) => ({ held }));
      await expectClosed(() => escaped.held.append({ a: trial.value(1) }));
      await expectClosed(() => escaped.held.get('a'));
      await trial.expectContents(store, {});
    },

    'finishes before the store closes': async (trial) => {
      const store = await trial.open();
      let done = false;
      const work = store.exclusive(async (held) => {
        await new Promise(setImmediate);
        await held.append({ a: trial.value(1) });
        done = true;
      });
      const outcome = work.catch((error: unknown) => error);
      await store.close();
      // A close that was called meanwhile may end the work, but not let it go on beside the closing.
      expect(done || (await outcome) instanceof Error).toBe(true);
    },
  },
};
