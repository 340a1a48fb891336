import { expect } from '@jest/globals';
import type { Group } from './group.js';

/** `set`: replaces. */
export const set: Group = {
  name: 'set',
  cases: {
    'replaces what was appended or set, and leaves other keys alone': async (trial) => {
      const store = await trial.open();
      await store.append({ a: trial.value(1), b: trial.value(2) });
      await store.append({ a: trial.value(3) });
      await store.set({ a: trial.value(4), c: trial.value(5) });
      await trial.expectContents(store, { a: [4], b: [2], c: [5] });
      await store.set(new Map([['a', trial.value(6)]]));
      await trial.expectContents(store, { a: [6], b: [2], c: [5] });
    },

    'replaces what was flushed': async (trial) => {
      const store = await trial.open();
      await store.append({ a: trial.value(1), b: trial.value(2) });
      await store.flush();
      await store.append({ a: trial.value(3) });
      await store.set({ a: trial.value(4) });
      await trial.expectContents(store, { a: [4], b: [2] });
      await store.flush();
      await trial.expectContents(store, { a: [4], b: [2] });
    },

    'keeps the last value of a key that repeats': async (trial) => {
      const store = await trial.open();
      await store.set([
        ['a', trial.value(1)],
        ['b', trial.value(2)],
        ['a', trial.value(3)],
      ]);
      await trial.expectContents(store, { a: [3], b: [2] });
    },

    'leaves a value that appends add to': async (trial) => {
      const store = await trial.open();
      await store.set({ a: trial.value(1) });
      await store.append({ a: trial.value(2) });
      await trial.expectContents(store, { a: [1, 2] });
      await store.set({});
      await trial.expectContents(store, { a: [1, 2] });
    },

    'shows a reader the old value or the new one': async (trial) => {
      const store = await trial.open();
      await store.set({ a: trial.value(0), b: trial.value(0) });
      const allowed = Array.from({ length: 11 }, (_, i) => trial.joined([i]));
      for (let i = 1; i <= 10; i++) {
        const changed = store.set({ a: trial.value(i), b: trial.value(i) });
        const read = store.get(['a', 'b']);
        for (const value of await read) expect(allowed).toContainEqual(trial.comparable(value));
        await changed;
        await trial.expectContents(store, { a: [i], b: [i] });
      }
    },
  },
};
