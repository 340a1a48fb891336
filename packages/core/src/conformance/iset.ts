import { expect } from '@jest/globals';
import type { Group } from './group.js';

/** `iset` and `iget`: what belongs to a key once. */
export const iset: Group = {
  name: 'iset',
  cases: {
    'writes at the first call for a key only': async (trial) => {
      const store = await trial.open();
      await store.iset('a', trial.value(1));
      trial.expectJoin(await store.iget('a'), [1]);
      await store.iset('a', trial.value(2));
      await store.iset('b', trial.value(3));
      trial.expectJoin(await store.iget('a'), [1]);
      await store.flush();
      await store.iset('a', trial.value(4));
      await trial.expectContents(store, { a: [1], b: [3] });
    },

    'leaves a key alone that is there already': async (trial) => {
      const store = await trial.open();
      await store.append({ a: trial.value(1) });
      await store.iset('a', trial.value(2));
      await trial.expectContents(store, { a: [1] });
    },

    'writes again once the key is gone': async (trial) => {
      const store = await trial.open();
      const ways = [() => store.delete('a'), () => store.pop('a'), () => store.drop()];
      for (const [i, remove] of ways.entries()) {
        await store.iset('a', trial.value(i));
        trial.expectJoin(await store.iget('a'), [i]);
        await remove();
        trial.expectJoin(await store.iget('a'), []);
      }
    },

    'takes a number for a key': async (trial) => {
      const store = await trial.open();
      await store.iset(7, trial.value(1));
      await store.iset('7', trial.value(2));
      trial.expectJoin(await store.iget(7), [1]);
    },

    'writes once when many race': async (trial) => {
      const store = await trial.open();
      const values = [1, 2, 3, 4, 5, 6, 7, 8];
      await Promise.all(values.map((i) => store.iset('a', trial.value(i))));
      const written = trial.comparable(await store.iget('a'));
      expect(values.map((i) => trial.joined([i]))).toContainEqual(written);
      await Promise.all(values.map((i) => store.iset('a', trial.value(i + 10))));
      expect(trial.comparable(await store.get('a'))).toEqual(written);
    },
  },
};
