import { expect } from '@jest/globals';
import type { Group } from './group.js';
import { collect } from './trial.js';

/** `has` and `keys`: existence. */
export const keys: Group = {
  name: 'keys and has',
  cases: {
    'name each key that is there, once': async (trial) => {
      const store = await trial.open();
      expect(await trial.keysOf(store)).toEqual([]);
      for (let i = 0; i < 3; i++) {
        await store.append({ a: trial.value(1), b: trial.value(2), 'a/b': trial.value(3) });
        if (i === 1) await store.flush();
      }
      await store.iset('c', trial.value(4));
      await store.set({ d: trial.value(5), a: trial.value(6) });
      expect(await trial.keysOf(store)).toEqual(['a', 'a/b', 'b', 'c', 'd']);
      for (const key of ['a', 'a/b', 'b', 'c', 'd']) expect(await store.has(key)).toBe(true);
      for (const key of ['A', 'a/', 'b/a', 'e', '/']) expect(await store.has(key)).toBe(false);
    },

    'forget what was deleted, popped or dropped': async (trial) => {
      const store = await trial.open();
      const all = () => ({ a: trial.value(1), b: trial.value(2), c: trial.value(3) });
      await store.append(all());
      await store.flush();
      await store.append(all());
      await store.delete('a');
      await store.pop('b');
      expect(await trial.keysOf(store)).toEqual(['c']);
      expect([await store.has('a'), await store.has('b'), await store.has('c')]).toEqual([
        false,
        false,
        true,
      ]);
      await store.drop();
      expect(await trial.keysOf(store)).toEqual([]);
      expect(await store.has('c')).toBe(false);
    },

    'take a prefix as it is written': async (trial) => {
      const store = await trial.open();
      const all = [
        'a',
        'a/',
        'a/b',
        'a/b/c',
        'a.b',
        'ab',
        '.',
        '..',
        '*',
        '%',
        '%2F',
        '/a',
        '\0',
        'b',
      ];
      await store.append(all.map((key) => [key, trial.value(1)] as const));
      const prefixes = [...all, '', 'a/b/', '[', '.*', '^', '../', 'a\0', 'zz', 'x'.repeat(2000)];
      for (const prefix of prefixes) {
        const expected = all.filter((key) => key.startsWith(prefix)).sort();
        expect([prefix, await trial.keysOf(store, prefix)]).toEqual([prefix, expected]);
      }
    },

    'name a few hundred keys': async (trial) => {
      const store = await trial.open();
      const many = Array.from({ length: 300 }, (_, i) => `part ${i % 7}/${i}`);
      await store.append(many.map((key, i) => [key, trial.value(i)] as const));
      await store.flush();
      expect(await trial.keysOf(store)).toEqual([...many].sort());
      const some = many.filter((key) => key.startsWith('part 3/')).sort();
      expect(await trial.keysOf(store, 'part 3/')).toEqual(some);
    },

    'go on while the store changes': async (trial) => {
      const store = await trial.open();
      const stay = Array.from({ length: 40 }, (_, i) => `stay ${i}`);
      const go = Array.from({ length: 40 }, (_, i) => `go ${i}`);
      await store.append([...stay, ...go].map((key) => [key, trial.value(1)] as const));
      const seen: string[] = [];
      for await (const key of store.keys()) {
        seen.push(key);
        const i = seen.length;
        if (i <= 40) await store.delete(`go ${i - 1}`);
        if (i <= 10)
          await store.append({ [`new ${i}`]: trial.value(i), [`stay ${i}`]: trial.value(2) });
      }
      expect(seen.length).toBe(new Set(seen).size);
      expect(seen.filter((key) => key.startsWith('stay')).sort()).toEqual([...stay].sort());
      const news = Array.from({ length: 10 }, (_, i) => `new ${i + 1}`);
      expect(await trial.keysOf(store)).toEqual([...stay, ...news].sort());
    },

    'hold up nobody while their reader pauses, and need not be read to their end': async (
      trial,
    ) => {
      const store = await trial.open();
      await store.append({ a: trial.value(1), b: trial.value(2), c: trial.value(3) });
      const paused = store.keys();
      await paused.next();
      await store.drop();
      await store.append({ d: trial.value(4) });
      await paused.return?.();
      for await (const _ of store.keys()) break;
      expect(await collect(store.keys())).toEqual(['d']);
    },
  },
};
