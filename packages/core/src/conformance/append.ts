import { expect } from '@jest/globals';
import type { Key } from '../key.js';
import type { Group } from './group.js';

/** `append`: what it takes, and that it adds. */
export const append: Group = {
  name: 'append',
  cases: {
    'adds to each key, in call order': async (trial) => {
      const store = await trial.open();
      await store.append({ a: trial.value(1), b: trial.value(2) });
      await store.append({ b: trial.value(3), c: trial.value(4) });
      await store.append({ b: trial.value(5) });
      await trial.expectContents(store, { a: [1], b: [2, 3, 5], c: [4] });
    },

    'takes an object, a Map, an array, a generator and an object without prototype': async (
      trial,
    ) => {
      const store = await trial.open();
      const bare = Object.assign(Object.create(null), { k: trial.value(5) });
      await store.append({ k: trial.value(1) });
      await store.append(new Map([['k', trial.value(2)]]));
      await store.append([['k', trial.value(3)]]);
      await store.append(
        (function* () {
          yield ['k', trial.value(4)] as const;
        })(),
      );
      await store.append(bare);
      await trial.expectContents(store, { k: [1, 2, 3, 4, 5] });
    },

    'adds each value of a key that repeats, in order': async (trial) => {
      const store = await trial.open();
      await store.append([
        ['a', trial.value(1)],
        ['a', trial.value(2)],
        ['b', trial.value(3)],
        ['a', trial.value(4)],
        ['b', trial.value(5)],
      ]);
      await trial.expectContents(store, { a: [1, 2, 4], b: [3, 5] });
    },

    'takes a number for its decimal string': async (trial) => {
      const store = await trial.open();
      const entries: [Key, typeof value][] = [];
      const value = trial.value(1);
      entries.push([7, value], ['7', trial.value(2)], [0, value], [-0, value], [-1.5, value]);
      await store.append(entries);
      await store.append(new Map([[7, trial.value(3)]]));
      await trial.expectContents(store, { '7': [1, 2, 3], '0': [1, 1], '-1.5': [1] });
      trial.expectJoin(await store.get(7), [1, 2, 3]);
      expect(await store.has(-0)).toBe(true);
    },

    'takes no entries, and then does nothing': async (trial) => {
      const store = await trial.open();
      await store.append({});
      await store.append([]);
      await store.append(new Map());
      await trial.expectContents(store, {});
    },

    'takes the same value for many keys': async (trial) => {
      const store = await trial.open();
      const value = trial.value(1);
      await store.append([
        ['a', value],
        ['a', value],
        ['b', value],
      ]);
      await trial.expectContents(store, { a: [1, 1], b: [1] });
    },

    'takes a thousand keys at once, and a thousand appends to one': async (trial) => {
      const store = await trial.open();
      const keys = Array.from({ length: 1000 }, (_, i) => `key ${i}`);
      await store.append(keys.map((key, i) => [key, trial.value(i)] as const));
      for (let i = 0; i < 1000; i += 10) {
        const few = Array.from({ length: 10 }, (_, j) => ['many', trial.value(i + j)] as const);
        await store.append(few);
      }
      const values = await store.get([...keys, 'many']);
      for (let i = 0; i < 1000; i++) trial.expectJoin(values[i] as (typeof values)[0], [i]);
      trial.expectJoin(values[1000] as (typeof values)[0], [...keys.keys()]);
    },

    'grows a value that was read, deleted, popped, dropped or flushed': async (trial) => {
      const store = await trial.open();
      await store.append({ a: trial.value(1) });
      await store.get('a');
      await store.append({ a: trial.value(2) });
      await trial.expectContents(store, { a: [1, 2] });
      await store.delete('a');
      await store.append({ a: trial.value(3) });
      await trial.expectContents(store, { a: [3] });
      await store.pop('a');
      await store.append({ a: trial.value(4) });
      await store.flush();
      await store.append({ a: trial.value(5) });
      await trial.expectContents(store, { a: [4, 5] });
      await store.drop();
      await store.append({ a: trial.value(6) });
      await trial.expectContents(store, { a: [6] });
    },
  },
};
