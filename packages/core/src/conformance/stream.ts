import { expect } from '@jest/globals';
import { SpillwayError } from '../errors.js';
import type { Group } from './group.js';
import { collect } from './trial.js';

const twenty = Array.from({ length: 20 }, (_, i) => i);

/** `stream`: parts whose join is `get`. */
export const stream: Group = {
  name: 'stream',
  cases: {
    'gives parts whose join is the value': async (trial) => {
      const store = await trial.open();
      for (const i of twenty) await store.append({ a: trial.value(i), b: trial.value(i + 50) });
      const { join } = trial.values;
      trial.expectJoin(join(await collect(store.stream('a'))), twenty);
      await store.flush();
      await store.append({ a: trial.value(20) });
      trial.expectJoin(join(await collect(store.stream('a'))), [...twenty, 20]);
    },

    'gives nothing for an absent key': async (trial) => {
      const store = await trial.open();
      trial.expectJoin(trial.values.join(await collect(store.stream('absent'))), []);
    },

    'shows the value as it was at its first part': async (trial) => {
      const store = await trial.open();
      for (const i of twenty) await store.append({ a: trial.value(i) });
      await store.flush();
      await store.append({ a: trial.value(20) });
      const parts = store.stream('a');
      const first = await parts.next();
      await store.append({ a: trial.value(30) });
      await store.flush();
      const rest = await collect(parts);
      trial.expectJoin(trial.values.join([first.value as (typeof rest)[0], ...rest]), [
        ...twenty,
        20,
      ]);
      trial.expectJoin(await store.get('a'), [...twenty, 20, 30]);
    },

    'gives the whole value or an error when it is taken away meanwhile': async (trial) => {
      const store = await trial.open();
      const changes = [
        () => store.delete('a'),
        () => store.set({ a: trial.value(99) }),
        () => store.pop('a'),
        () => store.drop(),
      ];
      for (const change of changes) {
        await store.set({ a: trial.values.join(twenty.map((i) => trial.value(i))) });
        await store.flush();
        const parts = store.stream('a');
        const first = await parts.next();
        await change();
        try {
          const rest = await collect(parts);
          const all = first.done ? rest : [first.value, ...rest];
          trial.expectJoin(trial.values.join(all), twenty);
        } catch (error) {
          if (!(error instanceof SpillwayError)) throw error;
        }
      }
    },

    'holds up nobody while its reader pauses, and needs not be read to its end': async (trial) => {
      const store = await trial.open();
      for (const i of twenty) await store.append({ a: trial.value(i) });
      const paused = store.stream('a');
      await paused.next();
      await store.append({ a: trial.value(20) });
      await store.exclusive((held) => held.append({ a: trial.value(21) }));
      await store.delete('a');
      await paused.return?.();
      for await (const _ of store.stream('a')) break;
      await store.drop();
      expect(await trial.keysOf(store)).toEqual([]);
    },

    'gives several readers the value each': async (trial) => {
      const store = await trial.open();
      await store.append({ a: trial.value(1), b: trial.value(2) });
      await store.append({ a: trial.value(3) });
      const read = async (key: string) => trial.values.join(await collect(store.stream(key)));
      const [a, b, again] = await Promise.all([read('a'), read('b'), read('a')]);
      trial.expectJoin(a, [1, 3]);
      trial.expectJoin(b, [2]);
      trial.expectJoin(again, [1, 3]);
    },
  },
};
