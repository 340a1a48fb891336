import { expect } from '@jest/globals';
import type { Store } from '../store.js';
import type { Group } from './group.js';
import { expectClosed } from './rejection.js';

/** Every operation, as a call on a store. */
function calls<V>(store: Store<V>, value: V): Record<string, () => Promise<unknown>> {
  return {
    append: () => store.append({ a: value }),
    'append nothing': () => store.append({}),
    get: () => store.get('a'),
    'get many': () => store.get(['a', 'b']),
    'get none': () => store.get([]),
    stream: () => store.stream('a').next(),
    set: () => store.set({ a: value }),
    iset: () => store.iset('a', value),
    iget: () => store.iget('a'),
    has: () => store.has('a'),
    keys: () => store.keys().next(),
    delete: () => store.delete('a'),
    pop: () => store.pop('a'),
    'pop many': () => store.pop(['a', 'b']),
    exclusive: () => store.exclusive(() => 'ran'),
    flush: () => store.flush(),
    drop: () => store.drop(),
  };
}

/** `close`: releases, once. */
export const close: Group = {
  name: 'close',
  cases: {
    'makes every later call reject with a ClosedError': async (trial) => {
      const store = await trial.open();
      await store.append({ a: trial.value(1) });
      const operations = Object.entries(calls(store, trial.value(2)));
      expect(store.closed).toBe(false);
      await store.close();
      expect(store.closed).toBe(true);
      for (const [, call] of operations) await expectClosed(call);
    },

    'does so from the moment it is called': async (trial) => {
      const store = await trial.open();
      await store.append({ a: trial.value(1) });
      const closing = store.close();
      for (const call of Object.values(calls(store, trial.value(2)))) await expectClosed(call);
      await closing;
    },

    'may be called twice, and at once': async (trial) => {
      const store = await trial.open();
      await store.append({ a: trial.value(1) });
      await Promise.all([store.close(), store.close()]);
      await store.close();
      await store[Symbol.asyncDispose]();
    },

    'is what `await using` does': async (trial) => {
      const store = await trial.open();
      {
        await using scoped = store;
        await scoped.append({ a: trial.value(1) });
      }
      await expectClosed(() => store.get('a'));
    },

    'waits for what was called before it': async (trial) => {
      const store = await trial.open();
      await store.append({ a: trial.value(1) });
      const before = [
        store.append({ a: trial.value(2) }),
        store.flush(),
        store.set({ b: trial.value(3) }),
        store.iset('a', trial.value(4)).catch(() => {}),
      ];
      const read = store.get('a');
      const closing = store.close();
      await Promise.all(before);
      await read;
      await closing;
    },

    'ends the readers of keys and parts with a ClosedError': async (trial) => {
      const store = await trial.open();
      await store.append({ a: trial.value(1), b: trial.value(2) });
      const parts = store.stream('a');
      const keys = store.keys();
      await parts.next();
      await keys.next();
      await store.close();
      await expectClosed(() => parts.next());
      await expectClosed(() => keys.next());
    },
  },
};
