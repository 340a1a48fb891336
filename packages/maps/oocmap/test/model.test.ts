import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LazyDict, LazyList, LazySet, type OutOfCoreMap } from '../src/index.js';
import { encodeKey, type Key } from '../src/key.js';
import { usePlace } from './place.js';

const text = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.string({ minLength: 60, maxLength: 90, unit: fc.constantFrom('a', 'é', '√', '\ud800') }),
  fc.constantFrom('x'.repeat(64), 'y'.repeat(3000), '__proto__', ''),
);
const key: fc.Arbitrary<Key> = fc.oneof(
  text,
  fc.integer({ min: 0, max: 30 }),
  fc.constantFrom(null, undefined, true, 5n, Number.NaN),
  fc.constantFrom('k'.repeat(1890), 'k'.repeat(1901), 'k'.repeat(2500), `${'k'.repeat(2500)}!`),
  fc.tuple(fc.integer({ min: 0, max: 3 }), text),
);
const scalar = fc.oneof(
  text,
  fc.double(),
  fc.integer(),
  fc.bigInt(),
  fc.boolean(),
  fc.constantFrom(null, undefined, -0, 2n ** 600n, -(2n ** 600n)),
  fc.date(),
  fc.uint8Array({ maxLength: 100 }),
  fc.float64Array({ maxLength: 20 }),
  fc.bigInt64Array({ maxLength: 10 }),
);
/** Maps and sets whose keys are what the map takes for different. */
const dictionary = (value: fc.Arbitrary<unknown>) =>
  fc
    .uniqueArray(fc.tuple(key, value), { selector: ([k]) => encodeKey(k), maxLength: 40 })
    .map((entries) => new Map(entries));
const set = fc
  .uniqueArray(key, { selector: encodeKey, maxLength: 40 })
  .map((keys) => new Set(keys));
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 12 }),
    fc.array(fc.double(), { minLength: 200, maxLength: 700 }),
    fc.dictionary(text, tie('value'), { maxKeys: 10, noNullPrototype: true }),
    dictionary(tie('value')),
    set,
  ),
}));

type Plain = Map<Key, unknown>;

/** Brings a plain value into the order in which the map gives it back. */
function sorted(plain: unknown): unknown {
  if (Array.isArray(plain)) return plain.map(sorted);
  if (plain instanceof Set) return new Set([...plain].sort(byKey));
  if (plain instanceof Map)
    return new Map([...plain].sort(([a], [b]) => byKey(a, b)).map(([k, v]) => [k, sorted(v)]));
  if (isObject(plain)) {
    const entries = Object.entries(plain).sort(([a], [b]) => byKey(a, b));
    return Object.fromEntries(entries.map(([k, v]) => [k, sorted(v)]));
  }
  return plain;
}

const byKey = (a: unknown, b: unknown) => (encodeKey(a) < encodeKey(b) ? -1 : 1);

/** What a lazy member is, read member by member and not by `eager`. */
function walk(lazy: unknown): unknown {
  if (lazy instanceof LazyList) return Array.from(lazy, walk);
  if (lazy instanceof LazySet) return new Set(lazy);
  if (!(lazy instanceof LazyDict)) return lazy;
  const entries = [...lazy].map(([k, v]) => [k, walk(v)] as const);
  return lazy.isObject ? Object.fromEntries(entries as [string, unknown][]) : new Map(entries);
}

interface State {
  plain: Plain;
}

/** Some container within: its lazy object, and the same one of the model. */
function descend(map: OutOfCoreMap, { plain }: State, way: readonly number[]): [unknown, unknown] {
  let [lazy, model]: [unknown, unknown] = [map, plain];
  for (const step of way) {
    const next = within(lazy, model).filter(([inner]) => inner instanceof Object);
    if (next.length === 0) break;
    [lazy, model] = next[step % next.length] as [unknown, unknown];
  }
  return [lazy, model];
}

const within = (lazy: unknown, model: unknown): [unknown, unknown][] => {
  if (lazy instanceof LazyList) return Array.from(lazy, (one, i) => [one, (model as unknown[])[i]]);
  if (!(lazy instanceof LazyDict)) return [];
  return [...lazy].map(([k, v]) => [v, memberOf(model, k)]);
};

/** A map of the model finds tuples by identity, so this looks for an equal key. */
function memberOf(model: unknown, k: unknown): unknown {
  if (!(model instanceof Map)) return (model as Record<string, unknown>)[k as string];
  return model.get(equalKey(model.keys(), k));
}

const equalKey = (keys: Iterable<unknown>, k: unknown): unknown =>
  [...keys].find((other) => encodeKey(other) === encodeKey(k)) ?? k;

type Change =
  | { readonly op: 'set'; readonly way: number[]; readonly key: Key; readonly value: unknown }
  | { readonly op: 'delete'; readonly way: number[]; readonly at: number }
  | {
      readonly op: 'splice';
      readonly way: number[];
      readonly at: number;
      readonly count: number;
      readonly values: unknown[];
    }
  | { readonly op: 'push'; readonly way: number[]; readonly values: unknown[] }
  | { readonly op: 'assign'; readonly way: number[]; readonly at: number; readonly value: unknown }
  | { readonly op: 'transaction'; readonly changes: Change[]; readonly fails: boolean }
  | { readonly op: 'reopen' | 'vacuum' | 'turn' | 'flush' };

const way = fc.array(fc.nat(1000), { maxLength: 3 });
const single = fc.oneof(
  fc.record({ op: fc.constant('set' as const), way, key, value }),
  fc.record({ op: fc.constant('delete' as const), way, at: fc.nat() }),
  fc.record({
    op: fc.constant('splice' as const),
    way,
    at: fc.nat(800),
    count: fc.nat(300),
    values: fc.array(value, { maxLength: 4 }),
  }),
  fc.record({ op: fc.constant('push' as const), way, values: fc.array(value, { maxLength: 4 }) }),
  fc.record({ op: fc.constant('assign' as const), way, at: fc.nat(800), value }),
);
const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 8, arbitrary: single },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constant('transaction' as const),
      changes: fc.array(single, { maxLength: 6 }),
      fails: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      op: fc.constantFrom('reopen' as const, 'vacuum' as const, 'turn' as const, 'flush' as const),
    }),
  },
);

/** Jest's own structuredClone gives Maps of another realm. */
function copyOf<T>(plain: T): T {
  if (Array.isArray(plain)) return plain.map(copyOf) as T;
  if (plain instanceof Set) return new Set(plain) as T;
  if (plain instanceof Map) return new Map([...plain].map(([k, v]) => [k, copyOf(v)])) as T;
  if (!isObject(plain)) return plain;
  return Object.fromEntries(Object.entries(plain).map(([k, v]) => [k, copyOf(v)])) as T;
}

const isObject = (plain: unknown): plain is object =>
  plain !== null && typeof plain === 'object' && Object.getPrototypeOf(plain) === Object.prototype;

class Failed extends Error {}

describe('an OOCMap', () => {
  const place = usePlace();

  function apply(map: OutOfCoreMap, state: State, change: Change): void {
    if (change.op === 'transaction') {
      const before = copyOf(state.plain);
      const run = () =>
        map.transaction(() => {
          for (const one of change.changes) apply(map, state, one);
          if (change.fails) throw new Failed();
        });
      if (!change.fails) run();
      else {
        expect(run).toThrow(Failed);
        state.plain = before;
      }
      return;
    }
    if (!('way' in change)) return;
    const [lazy, model] = descend(map, state, change.way);
    if (change.op === 'set' && lazy instanceof LazyDict) {
      const k = lazy.isObject ? String(change.key) : change.key;
      lazy.set(k, change.value);
      const copy = copyOf(change.value);
      if (model instanceof Map) model.set(equalKey(model.keys(), k), copy);
      else
        Object.defineProperty(model, k as string, {
          value: copy,
          enumerable: true,
          configurable: true,
          writable: true,
        });
      expect(lazy.has(k)).toBe(true);
      expect(walk(lazy.get(k))).toStrictEqual(sorted(change.value));
    } else if (change.op === 'delete' && (lazy instanceof LazyDict || lazy instanceof LazySet)) {
      const keys = [...(lazy instanceof LazySet ? lazy : lazy.keys())];
      const k = keys[change.at % keys.length];
      if (keys.length === 0) return;
      expect(lazy.delete(k)).toBe(true);
      expect(lazy.has(k)).toBe(false);
      if (model instanceof Map || model instanceof Set) model.delete(equalKey(model.keys(), k));
      else delete (model as Record<string, unknown>)[k as string];
    } else if (change.op === 'splice' && lazy instanceof LazyList) {
      const { at, count, values } = change;
      const copies = copyOf(values);
      expect(lazy.splice(at, count, ...values)).toStrictEqual(
        sorted((model as unknown[]).splice(at, count, ...copies)),
      );
    } else if (change.op === 'push' && lazy instanceof LazyList) {
      expect(lazy.push(...change.values)).toBe((model as unknown[]).push(...copyOf(change.values)));
    } else if (change.op === 'assign' && lazy instanceof LazyList && lazy.length > 0) {
      const at = change.at % lazy.length;
      lazy[at] = change.value;
      (model as unknown[])[at] = copyOf(change.value);
    }
  }

  it('is what a plain map would be after any changes', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 30 }), async (changes) => {
        const folder = String(run++);
        const state: State = { plain: new Map() };
        let map = place.open(folder);
        for (const change of changes) {
          if (change.op === 'reopen') {
            map.close();
            map = place.open(folder);
          } else if (change.op === 'vacuum') await map.vacuum();
          else if (change.op === 'flush') await map.flushed;
          else if (change.op === 'turn') await new Promise(setImmediate);
          else apply(map, state, change);
        }
        const expected = sorted(state.plain);
        expect(map.eager()).toStrictEqual(expected);
        expect(walk(map)).toStrictEqual(expected);
        map.close();
        map = place.open(folder);
        expect(map.eager()).toStrictEqual(expected);
        map.clear();
        await map.flushed;
        expect([...map]).toEqual([]);
        const { file } = (
          map as unknown as {
            access: { environment: { file: Record<string, { stats(): { entryCount: number } }> } };
          }
        ).access.environment;
        // Nothing is left but the header and the map's own page.
        const left = ['pages', 'blocks', 'values', 'uses'].map(
          (table) => file[table]?.stats().entryCount,
        );
        expect(left).toEqual([2, 0, 0, 0]);
        expect(map.stats().savedBytes).toBe(0);
        map.close();
      }),
      { numRuns: Number(process.env.SPILLWAY_RUNS ?? 60) },
    );
  }, 120_000);
});
