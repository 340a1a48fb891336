import { expect } from '@jest/globals';
import type { Group } from './group.js';

/** `pop`: get and delete as one step. */
export const pop: Group = {
  name: 'pop',
  cases: {
    'gives the value and removes it': async (trial) => {
      const store = await trial.open();
      await store.append({ a: trial.value(1), b: trial.value(2) });
      await store.append({ a: trial.value(3) });
      trial.expectJoin(await store.pop('a'), [1, 3]);
      await trial.expectContents(store, { a: [], b: [2] });
      trial.expectJoin(await store.pop('a'), []);
      trial.expectJoin(await store.pop('absent'), []);
    },

    'gives an array for an array, in its order': async (trial) => {
      const store = await trial.open();
      await store.append({ a: trial.value(1), b: trial.value(2), c: trial.value(3) });
      const values = await store.pop(['c', 'absent', 'a']);
      expect(values.map((value) => trial.comparable(value))).toEqual(
        [[3], [], [1]].map((seeds) => trial.joined(seeds)),
      );
      expect(await store.pop([])).toEqual([]);
      await trial.expectContents(store, { b: [2] });
    },

    'takes a key that repeats once, and gives its value in each place': async (trial) => {
      const store = await trial.open();
      await store.append({ a: trial.value(1), b: trial.value(2) });
      const values = await store.pop(['a', 'b', 'a', 'absent', 'absent']);
      expect(values.map((value) => trial.comparable(value))).toEqual(
        [[1], [2], [1], [], []].map((seeds) => trial.joined(seeds)),
      );
      await trial.expectContents(store, { a: [], b: [] });
    },

    'takes what was flushed and what came after': async (trial) => {
      const store = await trial.open();
      await store.append({ a: trial.value(1) });
      await store.flush();
      await store.append({ a: trial.value(2) });
      trial.expectJoin(await store.pop('a'), [1, 2]);
      await store.flush();
      await trial.expectContents(store, { a: [] });
    },

    'gives the bytes to one of many poppers': async (trial) => {
      const store = await trial.open();
      await store.append({ a: trial.value(1), b: trial.value(2) });
      await store.append({ a: trial.value(3) });
      const popped = await Promise.all(Array.from({ length: 8 }, () => store.pop(['a', 'b'])));
      for (const [column, seeds] of [[1, 3], [2]].entries()) {
        const values = popped.map((values) =>
          trial.comparable(values[column] as (typeof values)[0]),
        );
        const sorted = values.filter((value) => !isEqual(value, trial.joined([])));
        expect(sorted).toEqual([trial.joined(seeds)]);
      }
      await trial.expectContents(store, {});
    },

    'loses nothing and gives nothing twice while others append': async (trial) => {
      const store = await trial.open();
      const seeds = Array.from({ length: 40 }, (_, i) => i);
      const pops = seeds.filter((i) => i % 5 === 4);
      const appended = (from: number) =>
        Promise.all(seeds.slice(from, from + 5).map((i) => store.append({ a: trial.value(i) })));
      const work = pops.map((i) => [appended(i - 4), store.pop('a')] as const);
      await Promise.all(work.map(([appends]) => appends));
      const parts = [
        ...(await Promise.all(work.map(([, popped]) => popped))),
        await store.pop('a'),
      ];
      trial.expectJoin(trial.values.join(parts), seeds);
      await trial.expectContents(store, {});
    },
  },
};

function isEqual(a: unknown, b: unknown): boolean {
  try {
    expect(a).toEqual(b);
    return true;
  } catch {
    return false;
  }
}
