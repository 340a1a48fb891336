import { expect } from '@jest/globals';
import type { Entries } from '../entries.js';
import { SchemaError } from '../errors.js';
import type { Key } from '../key.js';
import type { Store } from '../store.js';
import type { Group } from './group.js';
import { badKeys } from './hostile-keys.js';
import { expectKeyError, expectSchemaError, rejection } from './rejection.js';

/** Input that is refused whole. */
export const errors: Group = {
  name: 'bad input',
  cases: {
    'a bad key is a KeyError in every operation, before anything is written': async (trial) => {
      const store = await trial.open();
      await store.append({ a: trial.value(1) });
      for (const bad of badKeys) {
        const key = bad as Key;
        const value = trial.value(2);
        await expectKeyError(
          () =>
            store.append([
              ['a', value],
              [key, value],
              ['b', value],
            ]),
          bad,
        );
        await expectKeyError(
          () =>
            store.set([
              ['a', value],
              [key, value],
            ]),
          bad,
        );
        await expectKeyError(
          () =>
            store.append(
              new Map([
                ['a', value],
                [key, value],
              ]),
            ),
          bad,
        );
        await expectKeyError(() => store.iset(key, value), bad);
        if (!Array.isArray(bad)) {
          await expectKeyError(() => store.get(key), bad);
          await expectKeyError(() => store.delete(key), bad);
          await expectKeyError(() => store.pop(key), bad);
          await expectKeyError(() => store.iget(key), bad);
        }
        await expectKeyError(() => store.get(['a', key]), bad);
        await expectKeyError(() => store.delete(['a', key]), bad);
        await expectKeyError(() => store.pop(['a', key]), bad);
        await expectKeyError(() => store.has(key), bad);
        await expectKeyError(() => store.stream(key).next(), bad);
      }
      await trial.expectContents(store, { a: [1] });
    },

    'a value of a wrong type is a SchemaError, and nothing of its batch is written': async (
      trial,
    ) => {
      const store = await trial.open();
      await store.append({ a: trial.value(1) });
      expect(trial.values.wrong.length).toBeGreaterThan(0);
      for (const bad of trial.values.wrong) {
        const value = bad as ReturnType<typeof trial.value>;
        const batch = { a: trial.value(2), 'bad one': value, c: trial.value(3) };
        await expectSchemaError(() => store.append(batch), 'bad one');
        await expectSchemaError(() => store.append(new Map(Object.entries(batch))), 'bad one');
        await expectSchemaError(() => store.set(batch), 'bad one');
        await expectSchemaError(() => store.iset('bad one', value), 'bad one');
        await store.exclusive((held) => expectSchemaError(() => held.append(batch), 'bad one'));
      }
      await trial.expectContents(store, { a: [1], 'bad one': [], c: [] });
    },

    'entries of no known form are a SchemaError': async (trial) => {
      const store = await trial.open();
      for (const bad of badEntries(trial.value(1))) {
        const entries = bad as Entries<ReturnType<typeof trial.value>>;
        expect(await rejection(() => store.append(entries))).toBeInstanceOf(SchemaError);
        expect(await rejection(() => store.set(entries))).toBeInstanceOf(SchemaError);
      }
      await trial.expectContents(store, {});
    },

    'entries that throw reject with what they throw, and nothing is written': async (trial) => {
      const store = await trial.open();
      await store.append({ a: trial.value(1) });
      const failure = new Error('no more entries');
      const entries = function* () {
        yield ['a', trial.value(2)] as const;
        yield ['b', trial.value(3)] as const;
        throw failure;
      };
      expect(await rejection(() => store.append(entries()))).toBe(failure);
      expect(await rejection(() => store.set(entries()))).toBe(failure);
      const getter = {
        a: trial.value(2),
        get b(): never {
          throw failure;
        },
      };
      expect(await rejection(() => store.append(getter))).toBe(failure);
      await trial.expectContents(store, { a: [1] });
    },

    'an error leaves the store usable': async (trial) => {
      const store = await trial.open();
      for (let i = 0; i < 3; i++) {
        await rejection(() => store.append({ '': trial.value(1) }));
        await rejection(() => store.get(''));
        await rejection(() => store.exclusive(() => Promise.reject(new Error('no'))));
        await store.append({ a: trial.value(i) });
      }
      await trial.expectContents(store, { a: [0, 1, 2] });
    },

    'from an operation that is not awaited is a rejection, never a throw': async (trial) => {
      const store: Store<unknown> = await trial.open();
      const bad = Symbol('key') as unknown as string;
      const promises = [
        store.append(null as never),
        store.get(bad),
        store.set(5 as never),
        store.iset(bad, 1),
        store.iget(bad),
        store.has(bad),
        store.delete(bad),
        store.pop(bad),
        store.stream(bad).next(),
        store.exclusive(undefined as never),
      ];
      for (const { status } of await Promise.allSettled(promises)) expect(status).toBe('rejected');
    },
  },
};

function badEntries(value: unknown): unknown[] {
  class Entry {
    a = value;
  }
  return [
    undefined,
    null,
    7,
    'ab',
    true,
    Symbol('entries'),
    new Uint8Array(3),
    [['a']],
    [['a', value, value]],
    [['a', value], 'b'],
    [{ a: value }],
    new Set(['a']),
    new Entry(),
    new Date(0),
    Promise.resolve({ a: value }),
    () => ({ a: value }),
  ];
}
