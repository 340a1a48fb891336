import fc from 'fast-check';
import { anyKey } from './hostile-keys.js';

/** One operation of a random sequence; values go by their numbers. */
export type Step =
  | { readonly op: 'append'; readonly entries: readonly Entry[]; readonly awaited: boolean }
  | { readonly op: 'set'; readonly entries: readonly Entry[] }
  | { readonly op: 'iset'; readonly key: string; readonly seed: number }
  | { readonly op: 'get' | 'delete' | 'pop'; readonly keys: readonly string[] }
  | { readonly op: 'stream' | 'has' | 'iget'; readonly key: string }
  | { readonly op: 'keys'; readonly prefix: string }
  | { readonly op: 'flush' | 'drop' | 'reopen' }
  | { readonly op: 'exclusive'; readonly steps: readonly Step[] };

/** A key and the number of its value. */
export type Entry = readonly [key: string, seed: number];

/** Sequences of up to `length` operations on a handful of keys. */
export function anySteps(length: number, { reopen = false } = {}): fc.Arbitrary<Step[]> {
  return fc
    .uniqueArray(anyKey(), { minLength: 2, maxLength: 5 })
    .chain((keys) => fc.array(anyStep(keys, reopen), { minLength: 1, maxLength: length }));
}

function anyStep(keys: readonly string[], reopen: boolean): fc.Arbitrary<Step> {
  const plain = plainStep(keys);
  const exclusive = fc.record({
    op: fc.constant('exclusive' as const),
    steps: fc.array(plain, { maxLength: 4 }),
  });
  return fc.oneof(
    { weight: 20, arbitrary: plain },
    { weight: 1, arbitrary: exclusive },
    ...(reopen ? [{ weight: 2, arbitrary: fc.constant({ op: 'reopen' as const }) }] : []),
  );
}

function plainStep(keys: readonly string[]): fc.Arbitrary<Step> {
  const key = fc.constantFrom(...keys);
  const seed = fc.nat({ max: 999 });
  const entries = fc.array(fc.tuple(key, seed), { maxLength: 4 });
  const several = fc.uniqueArray(key, { maxLength: 3 });
  const prefix = fc.oneof(
    fc.constant(''),
    key,
    key.map((text) => firstCharacter(text)),
  );
  const awaited = fc.boolean();
  const op = <O extends Step['op']>(name: O) => fc.constant(name);
  return fc.oneof<{ weight: number; arbitrary: fc.Arbitrary<Step> }[]>(
    { weight: 8, arbitrary: fc.record({ op: op('append'), entries, awaited }) },
    { weight: 4, arbitrary: fc.record({ op: op('get'), keys: fc.array(key, { maxLength: 3 }) }) },
    { weight: 2, arbitrary: fc.record({ op: op('set'), entries }) },
    { weight: 2, arbitrary: fc.record({ op: op('iset'), key, seed }) },
    { weight: 2, arbitrary: fc.record({ op: fc.constantFrom('delete', 'pop'), keys: several }) },
    { weight: 2, arbitrary: fc.record({ op: fc.constantFrom('stream', 'has', 'iget'), key }) },
    { weight: 1, arbitrary: fc.record({ op: op('keys'), prefix }) },
    { weight: 2, arbitrary: fc.record({ op: op('flush') }) },
    { weight: 1, arbitrary: fc.record({ op: op('drop') }) },
  );
}

function firstCharacter(text: string): string {
  return String.fromCodePoint(text.codePointAt(0) as number);
}
