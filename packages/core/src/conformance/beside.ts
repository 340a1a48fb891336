import { expect } from '@jest/globals';
import { byteGroup, type Group } from './group.js';

/** Two handles on the same contents. */
export const beside: Group = {
  name: 'a handle beside',
  needs: ['beside'],
  cases: {
    'sees every append, set, delete and drop that resolved': async (trial) => {
      const store = await trial.open();
      const other = await trial.beside(store);
      for (let i = 0; i < 5; i++) {
        await store.append({ a: trial.value(i), b: trial.value(i) });
        await store.flush();
        trial.expectJoin(await other.get('a'), seedsTo(i));
        await other.append({ b: trial.value(i + 100) });
        await other.flush();
      }
      await trial.expectContents(store, {
        a: seedsTo(4),
        b: seedsTo(4).flatMap((i) => [i, i + 100]),
      });
      await store.set({ a: trial.value(50) });
      await other.append({ a: trial.value(51) });
      await other.flush();
      trial.expectJoin(await store.get('a'), [50, 51]);
      await other.delete('a');
      await trial.expectContents(store, { a: [], b: seedsTo(4).flatMap((i) => [i, i + 100]) });
      await store.append({ a: trial.value(52) });
      await store.flush();
      await trial.expectContents(other, { a: [52], b: seedsTo(4).flatMap((i) => [i, i + 100]) });
      await other.drop();
      await trial.expectContents(store, {});
      await store.append({ a: trial.value(53) });
      await store.flush();
      await trial.expectContents(other, { a: [53] });
    },

    'deletes nothing when it closes': async (trial) => {
      const store = await trial.open();
      await store.append({ a: trial.value(1) });
      await store.flush();
      const other = await trial.beside(store);
      trial.expectJoin(await other.get('a'), [1]);
      await other.close();
      await store.append({ a: trial.value(2) });
      await store.flush();
      await trial.expectContents(store, { a: [1, 2] });
    },

    'pops what the other then does not': async (trial) => {
      const store = await trial.open();
      const other = await trial.beside(store);
      await store.append({ a: trial.value(1) });
      await store.append({ a: trial.value(2) });
      await store.flush();
      const popped = await Promise.all(
        Array.from({ length: 8 }, (_, i) => (i % 2 ? store : other).pop('a')),
      );
      const values = popped.map((value) => trial.comparable(value));
      const nothing = JSON.stringify(trial.joined([]));
      const given = values.filter((value) => JSON.stringify(value) !== nothing);
      expect(given).toEqual([trial.joined([1, 2])]);
      await trial.expectContents(other, { a: [] });
    },

    'waits for exclusive work': async (trial) => {
      const store = await trial.open();
      const other = await trial.beside(store);
      let running = 0;
      let most = 0;
      const work = async () => {
        most = Math.max(most, ++running);
        for (let i = 0; i < 3; i++) await new Promise(setImmediate);
        running--;
      };
      await Promise.all(
        Array.from({ length: 6 }, (_, i) => (i % 2 ? store : other).exclusive(work)),
      );
      expect(most).toBe(1);
      let done = false;
      const held = store.exclusive(async (inside) => {
        const append = other.append({ a: trial.value(2) }).then(() => done);
        await inside.append({ a: trial.value(1) });
        await new Promise((resolve) => setTimeout(resolve, 20));
        trial.expectJoin(await inside.get('a'), [1]);
        done = true;
        return { append };
      });
      expect(await (await held).append).toBe(true);
      trial.expectJoin(await store.get('a'), [1, 2]);
    },

    'writes once when both iset': async (trial) => {
      const store = await trial.open();
      const other = await trial.beside(store);
      await Promise.all([1, 2, 3, 4].map((i) => (i % 2 ? store : other).iset('a', trial.value(i))));
      const written = trial.comparable(await store.iget('a'));
      expect([1, 2, 3, 4].map((i) => trial.joined([i]))).toContainEqual(written);
      expect(trial.comparable(await other.iget('a'))).toEqual(written);
    },
  },
};

const PART = 64;

/** Two callers' appends to one key, whose parts say who wrote them. */
export const besideBytes: Group = byteGroup({
  name: 'a handle beside, by the byte',
  needs: ['beside'],
  cases: {
    "keeps each caller's order, and never mixes one append's bytes with another's": async (
      trial,
    ) => {
      const store = await trial.open();
      const other = await trial.beside(store);
      const part = (caller: number, i: number) => new Uint8Array(PART).fill(i).fill(caller, 0, 1);
      const work: Promise<void>[] = [];
      for (let i = 0; i < 100; i++) {
        work.push(store.append({ a: part(1, i) }), other.append({ a: part(2, i), b: part(2, i) }));
      }
      await Promise.all(work);
      await Promise.all([store.flush(), other.flush()]);
      const value = await store.get('a');
      expect(value.length).toBe(200 * PART);
      const next = new Map([
        [1, 0],
        [2, 0],
      ]);
      for (let at = 0; at < value.length; at += PART) {
        const caller = value[at] as number;
        const i = next.get(caller) as number;
        expect(value.subarray(at, at + PART)).toEqual(part(caller, i));
        next.set(caller, i + 1);
      }
    },
  },
});

function seedsTo(last: number): number[] {
  return Array.from({ length: last + 1 }, (_, i) => i);
}
