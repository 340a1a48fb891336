import { expect } from '@jest/globals';
import type { Store } from '../store.js';
import type { Group } from './group.js';
import { hostileKeys } from './hostile-keys.js';

/** What is at a path stays there until somebody deletes it, and only that. */
export const reopen: Group = {
  name: 'opened again',
  needs: ['persistent'],
  everyState: false,
  cases: {
    'holds what every operation left': async (trial) => {
      const path = await trial.directory();
      let store = await trial.persistent(path);
      const again = async () => {
        await store.close();
        store = await trial.persistent(path);
      };
      await again();
      await trial.expectContents(store, {});
      await store.append({ a: trial.value(1), 'a/b': trial.value(2), '..': trial.value(3) });
      await again();
      await trial.expectContents(store, { a: [1], 'a/b': [2], '..': [3] });
      await store.append({ a: trial.value(4) });
      await store.set({ 'a/b': trial.value(5) });
      await store.iset('once', trial.value(6));
      await again();
      await store.iset('once', trial.value(7));
      await trial.expectContents(store, { a: [1, 4], 'a/b': [5], '..': [3], once: [6] });
      await store.delete('a/b');
      trial.expectJoin(await store.pop('..'), [3]);
      await again();
      await trial.expectContents(store, { a: [1, 4], 'a/b': [], '..': [], once: [6] });
      await store.append({ '..': trial.value(8) });
      await again();
      await trial.expectContents(store, { a: [1, 4], '..': [8], once: [6] });
      await store.drop();
      await again();
      await trial.expectContents(store, { a: [], '..': [], once: [] });
    },

    'holds what was called before the close, awaited or not': async (trial) => {
      const path = await trial.directory();
      const store = await trial.persistent(path);
      const called = [
        store.append({ a: trial.value(1) }),
        store.append({ a: trial.value(2), b: trial.value(3) }),
        store.append({ a: trial.value(4) }),
      ];
      await Promise.all([...called, store.close()]);
      await trial.expectContents(await trial.persistent(path), { a: [1, 2, 4], b: [3] });
    },

    'holds what exclusive work left': async (trial) => {
      const path = await trial.directory();
      const store = await trial.persistent(path);
      await store.exclusive(async (held) => {
        await held.append({ a: trial.value(1) });
        await held.set({ b: trial.value(2) });
      });
      await store.close();
      await trial.expectContents(await trial.persistent(path), { a: [1], b: [2] });
    },

    'names its keys as they were': async (trial) => {
      const path = await trial.directory();
      const store = await trial.persistent(path);
      await store.append(hostileKeys.map((key, i) => [key, trial.value(i)] as const));
      await store.close();
      const again = await trial.persistent(path);
      const contents = hostileKeys.map((key, i) => [key, [i]] as const);
      await trial.expectContents(again, Object.fromEntries(contents));
    },

    'is the same by its spec': async (trial) => {
      const path = await trial.directory();
      const first = await trial.persistent(path);
      const text = String(first);
      await first.close();
      const second = await trial.persistent(path);
      expect(String(second)).toBe(text);
    },

    'is not emptied by another handle that closes or is thrown away': async (trial) => {
      const path = await trial.directory();
      const store = await trial.persistent(path);
      await store.append({ a: trial.value(1) });
      await store.flush();
      const open = async (use: (other: Store<unknown>) => Promise<unknown>) => {
        const other = await trial.persistent(path);
        await use(other);
        await other.close();
      };
      await open(async () => {});
      await open((other) => other.get('a'));
      await open((other) => other.flush({ durable: true }));
      await open((other) => other.delete('absent'));
      await open((other) => other.append({ '': trial.value(2) }).catch(() => {}));
      await trial.expectContents(store, { a: [1] });
      await store.close();
      await trial.expectContents(await trial.persistent(path), { a: [1] });
    },
  },
};
