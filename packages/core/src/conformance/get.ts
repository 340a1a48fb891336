import { expect } from '@jest/globals';
import type { Group } from './group.js';

/** `get`: one key or many, absent ones too. */
export const get: Group = {
  name: 'get',
  cases: {
    'gives nothing for an absent key': async (trial) => {
      const store = await trial.open();
      trial.expectJoin(await store.get('absent'), []);
      await store.append({ a: trial.value(1) });
      trial.expectJoin(await store.get('absent'), []);
      expect(await store.has('absent')).toBe(false);
    },

    'gives an array for an array, in its order, absent and repeated keys included': async (
      trial,
    ) => {
      const store = await trial.open();
      await store.append({ a: trial.value(1), b: trial.value(2), c: trial.value(3) });
      const values = await store.get(['c', 'absent', 'a', 'c', 'b', 'a']);
      expect(Array.isArray(values)).toBe(true);
      expect(values.map((value) => trial.comparable(value))).toEqual(
        [[3], [], [1], [3], [2], [1]].map((seeds) => trial.joined(seeds)),
      );
    },

    'gives an array of one for an array of one, and an empty one for none': async (trial) => {
      const store = await trial.open();
      await store.append({ a: trial.value(1) });
      const one = await store.get(['a']);
      expect(one.map((value) => trial.comparable(value))).toEqual([trial.joined([1])]);
      expect(await store.get([])).toEqual([]);
    },

    'sees every append that resolved before it': async (trial) => {
      const store = await trial.open();
      for (let i = 0; i < 30; i++) {
        await store.append({ a: trial.value(i), [`b${i}`]: trial.value(i) });
        const [a, b] = await store.get(['a', `b${i}`]);
        expect(trial.comparable(a as NonNullable<typeof a>)).toEqual(
          trial.joined(Array.from({ length: i + 1 }, (_, j) => j)),
        );
        expect(trial.comparable(b as NonNullable<typeof b>)).toEqual(trial.joined([i]));
      }
    },

    'gives the same again while nothing changes': async (trial) => {
      const store = await trial.open();
      await store.append({ a: trial.value(1) });
      await store.append({ a: trial.value(2) });
      for (let i = 0; i < 3; i++) trial.expectJoin(await store.get('a'), [1, 2]);
      await store.flush();
      for (let i = 0; i < 3; i++) trial.expectJoin(await store.get('a'), [1, 2]);
    },

    'answers many calls at once': async (trial) => {
      const store = await trial.open();
      const keys = Array.from({ length: 50 }, (_, i) => `k${i}`);
      await store.append(keys.map((key, i) => [key, trial.value(i)] as const));
      const values = await Promise.all(keys.map((key) => store.get(key)));
      for (const [i, value] of values.entries()) trial.expectJoin(value, [i]);
    },
  },
};
