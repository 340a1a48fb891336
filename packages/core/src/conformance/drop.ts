import type { Group } from './group.js';

/** `drop`: deletes the contents. */
export const drop: Group = {
  name: 'drop',
  cases: {
    'deletes everything and leaves the store usable': async (trial) => {
      const store = await trial.open();
      await store.drop();
      for (let round = 0; round < 3; round++) {
        await store.append({ a: trial.value(1), 'a/b': trial.value(2), '..': trial.value(3) });
        await store.iset('once', trial.value(4));
        if (round === 1) await store.flush();
        await trial.expectContents(store, { a: [1], 'a/b': [2], '..': [3], once: [4] });
        await store.drop();
        await trial.expectContents(store, { a: [], 'a/b': [], '..': [], once: [] });
      }
      await store.drop();
      await store.append({ a: trial.value(5) });
      await trial.expectContents(store, { a: [5] });
    },

    'deletes what was appended before and keeps what was appended after': async (trial) => {
      const store = await trial.open();
      const before = store.append({ a: trial.value(1), b: trial.value(2) });
      const dropped = store.drop();
      const after = store.append({ a: trial.value(3) });
      await Promise.all([before, dropped, after]);
      await trial.expectContents(store, { a: [3], b: [] });
    },

    'may be called by many at once': async (trial) => {
      const store = await trial.open();
      await store.append({ a: trial.value(1) });
      await Promise.all([store.drop(), store.drop(), store.drop()]);
      await trial.expectContents(store, { a: [] });
    },
  },
};
