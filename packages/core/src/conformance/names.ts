import { expect } from '@jest/globals';
import fc from 'fast-check';
import { expectEqual } from './equal.js';
import type { Group } from './group.js';
import { anyKey, hostileKeys } from './hostile-keys.js';
import { checkProperty } from './property.js';
import { collect } from './trial.js';

/** Every valid key is a key of its own. */
export const names: Group = {
  name: 'hostile keys',
  everyState: false,
  cases: {
    'hold what they are given, all side by side': async (trial) => {
      const store = await trial.open();
      const entries = hostileKeys.map((key, i) => [key, trial.value(i)] as const);
      await store.append(entries);
      await store.flush();
      await store.append(entries);
      expectEqual(await trial.keysOf(store), [...hostileKeys].sort());
      const values = await store.get(hostileKeys);
      for (const [i, key] of hostileKeys.entries()) {
        expectEqual(
          [key, trial.comparable(values[i] as (typeof values)[0])],
          [key, trial.joined([i, i])],
        );
      }
    },

    'work in every operation': async (trial) => {
      const store = await trial.open();
      await store.set(hostileKeys.map((key, i) => [key, trial.value(i)] as const));
      for (const [i, key] of hostileKeys.entries()) {
        if (i % 5 !== 0) continue;
        expect(await store.has(key)).toBe(true);
        await store.iset(key, trial.value(1000));
        trial.expectJoin(trial.values.join(await collect(store.stream(key))), [i]);
        trial.expectJoin(await store.pop(key), [i]);
        expect(await store.has(key)).toBe(false);
        await store.iset(key, trial.value(2000 + i));
        trial.expectJoin(await store.iget(key), [2000 + i]);
        expect(await collect(store.keys(key))).toContain(key);
        await store.delete(key);
        trial.expectJoin(await store.get(key), []);
      }
      const rest = hostileKeys.filter((_, i) => i % 5 !== 0);
      expectEqual(await trial.keysOf(store), [...rest].sort());
      const values = await store.get(rest);
      for (const [j, key] of rest.entries()) {
        const expected = trial.joined([hostileKeys.indexOf(key)]);
        expectEqual([key, trial.comparable(values[j] as (typeof values)[0])], [key, expected]);
      }
    },

    'are as good as own names in an object': async (trial) => {
      const store = await trial.open();
      const object = Object.create(null) as Record<string, ReturnType<typeof trial.value>>;
      for (const [i, key] of hostileKeys.entries()) object[key] = trial.value(i);
      await store.append(object);
      expectEqual(await trial.keysOf(store), [...hostileKeys].sort());
      trial.expectJoin(await store.get('__proto__'), [hostileKeys.indexOf('__proto__')]);
    },
  },
};

/** The same, for keys nobody thought of. */
export const randomNames: Group = {
  name: 'random keys',
  everyState: false,
  cases: {
    'are told apart, and named as they are': async (trial) => {
      const store = await trial.open();
      const sets = fc.uniqueArray(anyKey(), { minLength: 1, maxLength: 12 });
      await checkProperty(trial.runs, sets, async (keys) => {
        await store.drop();
        await store.append(keys.map((key, i) => [key, trial.value(i)] as const));
        await store.append(new Map(keys.map((key, i) => [key, trial.value(i + 100)])));
        const contents = Object.fromEntries(keys.map((key, i) => [key, [i, i + 100]]));
        await trial.expectContents(store, contents);
        const [first, ...rest] = keys as [string, ...string[]];
        await store.delete(first);
        expectEqual(await trial.keysOf(store), [...rest].sort());
      });
    },
  },
};
