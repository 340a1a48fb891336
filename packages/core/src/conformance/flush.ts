import type { Group } from './group.js';

/** `flush`: everything accepted is in the slowest layer. */
export const flush: Group = {
  name: 'flush',
  cases: {
    'changes nothing that can be read': async (trial) => {
      const store = await trial.open();
      await store.flush();
      await trial.expectContents(store, {});
      for (let i = 0; i < 3; i++) {
        await store.append({ a: trial.value(i), [`b${i}`]: trial.value(i) });
        await store.flush({ durable: i === 1 });
        await store.flush();
      }
      await trial.expectContents(store, { a: [0, 1, 2], b0: [0], b1: [1], b2: [2] });
    },

    'may run many times at once, and beside everything else': async (trial) => {
      const store = await trial.open();
      const work: Promise<unknown>[] = [];
      for (let i = 0; i < 20; i++) {
        work.push(store.append({ a: trial.value(i) }), store.flush({ durable: i % 5 === 0 }));
        work.push(store.get('a'), store.has('a'));
      }
      await Promise.all(work);
      trial.expectJoin(await store.get('a'), [...Array(20).keys()]);
    },
  },
};
