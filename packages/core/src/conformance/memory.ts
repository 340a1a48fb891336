import { expect } from '@jest/globals';
import type { Store } from '../store.js';
import { collectGarbage } from './garbage.js';
import { byteGroup, type Group } from './group.js';
import { collect } from './trial.js';

/** Whose memory the values are. */
export const memory: Group = {
  name: 'memory',
  cases: {
    "is the caller's again once an append, set or iset resolved": async (trial) => {
      const store = await trial.open();
      const given = [1, 2, 3, 4].map((seed) => trial.value(seed)) as [V, V, V, V];
      type V = ReturnType<typeof trial.value>;
      await store.append({ a: given[0] });
      await store.append({ a: given[1] });
      await store.set({ b: given[2] });
      await store.iset('c', given[3]);
      for (const value of given) trial.values.scribble(value);
      await trial.expectContents(store, { a: [1, 2], b: [3], c: [4] });
      await store.flush();
      await trial.expectContents(store, { a: [1, 2], b: [3], c: [4] });
    },

    'that was returned stays as it is, whatever happens to the key': async (trial) => {
      const store = await trial.open();
      const returned: (readonly [value: V, seeds: readonly number[]])[] = [];
      type V = ReturnType<typeof trial.value>;
      const after = async (change: Promise<unknown>, seeds: readonly number[]) => {
        await change;
        for (const [value, then] of returned) trial.expectJoin(value, then);
        if (seeds.length === 0) return;
        const [a, b] = (await store.get(['a', 'b'])) as [V, V];
        const parts = trial.values.join(await collect(store.stream('a')));
        for (const value of [a, b, parts]) returned.push([value, seeds]);
      };
      const both = (seed: number) => ({ a: trial.value(seed), b: trial.value(seed) });
      await after(store.append(both(1)), [1]);
      await after(store.append(both(2)), [1, 2]);
      await after(store.flush(), [1, 2]);
      await after(store.append(both(3)), [1, 2, 3]);
      await after(store.set(both(4)), [4]);
      await after(store.append(both(5)), [4, 5]);
      await after(store.delete(['a', 'b']), []);
      for (let i = 0; i < 8; i++) await after(store.append(both(6)), Array(i + 1).fill(6));
      const popped = (await store.pop(['a', 'b'])) as [V, V];
      for (const value of popped) returned.push([value, Array(8).fill(6)]);
      for (let i = 0; i < 8; i++) await after(store.append(both(7)), Array(i + 1).fill(7));
      await after(store.drop(), []);
      await after(store.append(both(8)), [8]);
      await after(store.close(), []);
    },

    'that a stream gave stays as it is': async (trial) => {
      const store = await trial.open();
      for (let i = 0; i < 10; i++) await store.append({ a: trial.value(i) });
      const parts = await collect(store.stream('a'));
      await store.drop();
      for (let i = 20; i < 40; i++) await store.append({ a: trial.value(i), b: trial.value(i) });
      trial.expectJoin(trial.values.join(parts), [...Array(10).keys()]);
    },
  },
};

/** What stores keep of the memory they are given. */
export const bytesMemory: Group = byteGroup({
  name: 'memory of bytes',
  cases: {
    'holds any view of bytes: empty ones, parts of others, Buffers': async (trial) => {
      const store = await trial.open();
      const base = Uint8Array.from({ length: 100 }, (_, i) => i);
      const shared = new Uint8Array(new SharedArrayBuffer(4)).fill(9);
      await store.append([
        ['a', new Uint8Array(0)],
        ['a', base.subarray(10, 20)],
        ['a', Buffer.from(base.buffer, 20, 10)],
        ['a', new Uint8Array(0)],
        ['b', shared],
        ['c', new Uint8Array(0)],
      ]);
      const [a, b, c] = await store.get(['a', 'b', 'c']);
      expect(Array.from(a as Uint8Array)).toEqual(Array.from(base.subarray(10, 30)));
      expect(Array.from(b as Uint8Array)).toEqual([9, 9, 9, 9]);
      expect(Array.from(c as Uint8Array)).toEqual([]);
      expect(await trial.keysOf(store)).toEqual(['a', 'b', 'c']);
      expect(await store.has('c')).toBe(true);
    },

    'is not kept for the sake of a small view of it': async (trial) => {
      const store = await trial.open();
      const large: WeakRef<ArrayBufferLike>[] = [];
      for (let i = 0; i < 4; i++) large.push(await giveSmallViews(store, i));
      await store.flush();
      await expectCollected(large);
      expect((await store.get('a')).length).toBe(40);
    },
  },
});

/** In a function of its own, whose variables are gone when it returns. */
async function giveSmallViews(store: Store, i: number): Promise<WeakRef<ArrayBufferLike>> {
  const view = new Uint8Array(1_000_000).subarray(500, 510).fill(i);
  await store.append({ a: view, [`b${i}`]: view });
  await store.set({ c: view });
  await store.iset(`d${i}`, view);
  return new WeakRef(view.buffer);
}

/** Fails unless the garbage collector frees all of these before long. */
async function expectCollected(references: readonly WeakRef<object>[]): Promise<void> {
  for (let i = 0; i < 20; i++) {
    // Weak references are cleared between turns of the event loop, never within one.
    await new Promise((resolve) => setTimeout(resolve, i));
    collectGarbage();
    if (references.every((reference) => reference.deref() === undefined)) return;
  }
  const kept = references.filter((reference) => reference.deref() !== undefined);
  expect(`${kept.length} large buffers kept`).toBe('0 large buffers kept');
}
