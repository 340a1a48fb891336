import { expect } from '@jest/globals';
import type { Group } from './group.js';

/** Calls that don't wait for each other. */
export const order: Group = {
  name: 'order',
  cases: {
    'of appends that are not awaited is their call order, for each key': async (trial) => {
      const store = await trial.open();
      const seeds = Array.from({ length: 200 }, (_, i) => i);
      const appended = seeds.map((i) =>
        store.append([
          ['all', trial.value(i)],
          [`every third ${i % 3}`, trial.value(i)],
          ...(i % 10 === 0 ? [['all', trial.value(1000 + i)] as const] : []),
        ]),
      );
      await Promise.all(appended);
      const third = (n: number) => seeds.filter((i) => i % 3 === n);
      await trial.expectContents(store, {
        all: seeds.flatMap((i) => (i % 10 === 0 ? [i, 1000 + i] : [i])),
        'every third 0': third(0),
        'every third 1': third(1),
        'every third 2': third(2),
      });
    },

    'of appends holds for values of unlike sizes, with flushes and reads between': async (
      trial,
    ) => {
      const store = await trial.open();
      const appended: Promise<unknown>[] = [];
      const expected: number[] = [];
      for (let i = 0; i < 30; i++) {
        const parts = Array.from({ length: i % 4 === 0 ? 200 : 1 }, (_, j) => i + j);
        expected.push(...parts);
        appended.push(
          store.append({ a: trial.values.join(parts.map((seed) => trial.value(seed))) }),
        );
        if (i % 7 === 0) appended.push(store.flush(), store.get('a'));
      }
      await Promise.all(appended);
      trial.expectJoin(await store.get('a'), expected);
    },

    'of a read that is not awaited shows a beginning of the appends': async (trial) => {
      const store = await trial.open();
      const seeds = Array.from({ length: 12 }, (_, i) => i);
      const beginnings = [[], ...seeds.map((i) => seeds.slice(0, i + 1))].map((s) =>
        trial.joined(s),
      );
      const reads: Promise<unknown>[] = [];
      const appended = seeds.map((i) => {
        reads.push(store.get('a').then((value) => trial.comparable(value)));
        return store.append({ a: trial.value(i) });
      });
      for (const read of await Promise.all(reads)) expect(beginnings).toContainEqual(read);
      await Promise.all(appended);
    },

    'of a rejected call changes nothing for the others': async (trial) => {
      const store = await trial.open();
      const appended = [
        store.append({ a: trial.value(1) }),
        expect(store.append({ a: trial.value(2), '': trial.value(3) })).rejects.toThrow(),
        store.append({ a: trial.value(4) }),
      ];
      await Promise.all(appended);
      await trial.expectContents(store, { a: [1, 4] });
    },
  },
};
