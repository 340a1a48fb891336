import { describe, expect, it } from '@jest/globals';
import { checkProperty } from '@spillway/core/conformance';
import fc from 'fast-check';
import type { LazyDict, LazySet, OutOfCoreMap } from '../src/index.js';
import { encodeKey, type Key } from '../src/key.js';
import { usePlace } from './place.js';

const byKey = (a: Key, b: Key) => (encodeKey(a) < encodeKey(b) ? -1 : 1);

/** How the number of a member becomes its key: short, long, and such that long beginnings are the same. */
const NAMES: Readonly<Record<string, (number: number) => Key>> = {
  numbers: (number) => number,
  strings: (number) => `key ${number}`,
  'tuples of one first part': (number) => ['the same first part of all', number],
  'keys longer than a page': (number) => `${'k'.repeat(2500)}${number}`,
  'keys of all lengths': (number) => 'abc'.repeat((number * 31) % 700) + number,
};

type Step =
  | { readonly op: 'set' | 'delete'; readonly from: number; readonly count: number }
  | { readonly op: 'scatter' | 'thin'; readonly by: number; readonly count: number }
  | { readonly op: 'turn' | 'reopen' | 'clear' };

const MOST = 3000;
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      op: fc.constantFrom('set' as const, 'delete' as const),
      from: fc.nat(MOST),
      count: fc.nat(1500),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      op: fc.constantFrom('scatter' as const, 'thin' as const),
      by: fc.integer({ min: 1, max: MOST }),
      count: fc.nat(1500),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constantFrom('turn' as const, 'reopen' as const, 'clear' as const),
    }),
  },
);

/** The numbers that a step is about, in its order. */
function numbersOf(step: Step): number[] {
  if (!('count' in step)) return [];
  const at = (i: number) => ('from' in step ? step.from + i : (i * step.by) % MOST);
  return Array.from({ length: step.count }, (_, i) => at(i));
}

/** Fails when anything is left but LMDB's tables and its list of free pages, of 8 bytes each. */
function expectEmpty(map: OutOfCoreMap): void {
  const { liveBytes, deadBytes } = map.stats();
  expect(liveBytes).toBeLessThan(64 * 1024 + deadBytes / 256);
}

describe('a large dictionary', () => {
  const place = usePlace();

  it.each(Object.entries(NAMES))(
    'of %s is what a Map would be',
    async (_, name) => {
      let folder = 0;
      const all = fc.array(step, { minLength: 1, maxLength: 8 });
      await checkProperty(5, all, async (steps) => {
        const path = String(folder++);
        let map = place.open(path);
        const model = new Map<Key, number>();
        const byText = new Map<string, Key>();
        const keyOf = (number: number): Key => {
          const made = name(number);
          const encoded = encodeKey(made);
          if (!byText.has(encoded)) byText.set(encoded, made);
          return byText.get(encoded) as Key;
        };
        let value = 0;
        for (const step of steps) {
          if (step.op === 'turn') await new Promise(setImmediate);
          else if (step.op === 'clear') {
            map.clear();
            model.clear();
          } else if (step.op === 'reopen') {
            map.close();
            map = place.open(path);
          } else
            for (const number of numbersOf(step)) {
              const key = keyOf(number);
              if (step.op === 'set' || step.op === 'scatter') {
                map.set(key, ++value);
                model.set(key, value);
              } else if (map.delete(key) !== model.delete(key)) throw new Error(String(key));
            }
          expect(map.size).toBe(model.size);
        }
        const expected = [...model].sort(([a], [b]) => byKey(a, b));
        expect([...map]).toStrictEqual(expected);
        for (const [key, member] of model)
          if (map.get(key) !== member) throw new Error(`${String(key)} is ${map.get(key)}`);
        expect([...(map.eager() as Map<Key, unknown>)]).toStrictEqual(expected);
        map.clear();
        await map.flushed;
        expectEmpty(map);
        map.close();
      });
    },
    120_000,
  );

  it('is many levels deep when its keys are long, and is emptied from any side', async () => {
    const map = place.open();
    const key = (i: number) => `${'k'.repeat(1500)}${String(i).padStart(6, '0')}`;
    for (let i = 0; i < 3000; i++) map.set(key((i * 7) % 3000), i);
    expect(map.size).toBe(3000);
    for (let i = 0; i < 1000; i++) map.delete(key(i));
    for (let i = 2999; i >= 2000; i--) map.delete(key(i));
    expect([...map.keys()]).toEqual(Array.from({ length: 1000 }, (_, i) => key(1000 + i)));
    for (let i = 1999; i >= 1000; i--) map.delete(key(i));
    await map.flushed;
    expect([map.size, [...map]]).toEqual([0, []]);
    expectEmpty(map);
  });

  it('within others goes with all its members', async () => {
    const map = place.open();
    const members = () =>
      Array.from({ length: 3000 }, (_, i) => [`${i}`, { text: 'x'.repeat(200), i }] as const);
    map.set('outer', {
      object: Object.fromEntries(members()),
      map: new Map([[1, new Map(members())]]),
      set: new Set(Array.from({ length: 3000 }, (_, i) => `${i}`)),
    });
    await map.flushed;
    const outer = map.get('outer') as LazyDict<string, LazyDict<string, unknown>>;
    expect((outer.get('object') as LazyDict<string, object>).size).toBe(3000);
    expect((outer.get('set') as unknown as LazySet<string>).has('2999')).toBe(true);
    map.delete('outer');
    await map.flushed;
    expect(map.stats()).toMatchObject({ savedBytes: 0, sharedValues: 0 });
    expectEmpty(map);
  });
});
