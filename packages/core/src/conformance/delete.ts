import type { Group } from './group.js';

/** `delete`: removes keys. */
export const remove: Group = {
  name: 'delete',
  cases: {
    'removes one key or many, and absent ones are no error': async (trial) => {
      const store = await trial.open();
      const keys = ['a', 'b', 'c', 'd'];
      await store.append(keys.map((key, i) => [key, trial.value(i)] as const));
      await store.delete('a');
      await trial.expectContents(store, { a: [], b: [1], c: [2], d: [3] });
      await store.delete('a');
      await store.delete(['absent', 'b', 'd', 'b', 'absent']);
      await trial.expectContents(store, { a: [], b: [], c: [2], d: [] });
      await store.delete([]);
      await trial.expectContents(store, { c: [2] });
    },

    'removes what was flushed and what came after': async (trial) => {
      const store = await trial.open();
      await store.append({ a: trial.value(1), b: trial.value(2) });
      await store.flush();
      await store.append({ a: trial.value(3) });
      await store.delete('a');
      await trial.expectContents(store, { a: [], b: [2] });
      await store.flush();
      await trial.expectContents(store, { a: [], b: [2] });
    },

    'leaves keys alone whose names begin alike': async (trial) => {
      const store = await trial.open();
      const keys = ['a', 'a/b', 'a/b/c', 'a/', 'ab', 'A', '7'];
      await store.append(keys.map((key, i) => [key, trial.value(i)] as const));
      await store.delete('a');
      await trial.expectContents(store, {
        'a/b': [1],
        'a/b/c': [2],
        'a/': [3],
        ab: [4],
        A: [5],
        '7': [6],
      });
      await store.delete(['a/b', 7]);
      await trial.expectContents(store, { 'a/b/c': [2], 'a/': [3], ab: [4], A: [5] });
    },

    'does so when many delete the same': async (trial) => {
      const store = await trial.open();
      await store.append({ a: trial.value(1), b: trial.value(2) });
      await Promise.all([store.delete('a'), store.delete(['a', 'b']), store.delete('a')]);
      await trial.expectContents(store, {});
      await store.append({ a: trial.value(3) });
      await trial.expectContents(store, { a: [3] });
    },
  },
};
