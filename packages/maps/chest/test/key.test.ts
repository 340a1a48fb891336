import { describe, expect, it } from '@jest/globals';
import { checkKey, KeyError } from '@spillway/core';
import { checkProperty, hostileKeys } from '@spillway/core/conformance';
import fc from 'fast-check';
import { type ChestKey, keyOfName, nameOf } from '../src/key.js';

const scalar: fc.Arbitrary<ChestKey> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom(...hostileKeys.filter((key) => key.length < 200)),
  fc.constantFrom('', '(', '(42)', '42', 'true', '(text x)', '\ud800', '(list 1.a)', 'a%2Fb', '%'),
  fc.double(),
  fc.integer(),
  fc.bigInt(),
  fc.constantFrom(true, false, null, undefined, Number.NaN, -0, 0),
  fc.date({ noInvalidDate: false }),
  fc.uint8Array({ maxLength: 8 }),
);

export const anyChestKey: fc.Arbitrary<ChestKey> = fc.letrec<{ key: ChestKey }>((tie) => ({
  key: fc.oneof(
    { weight: 6, arbitrary: scalar },
    { weight: 2, arbitrary: fc.array(tie('key'), { maxLength: 4 }) as fc.Arbitrary<ChestKey> },
  ),
})).key;

/** Another form of the same structure, which tells what JSON doesn't. */
function structure(key: ChestKey): string {
  if (Array.isArray(key)) return `[${(key as ChestKey[]).map(structure).join(';')}]`;
  if (key instanceof Date) return `date ${key.getTime()}`;
  if (key instanceof Uint8Array) return `bytes ${[...key]}`;
  if (typeof key === 'string') {
    return `string ${Array.from({ length: key.length }, (_, i) => key.charCodeAt(i))}`;
  }
  return `${typeof key} ${key === 0 ? 0 : String(key)}`;
}

const isTooLong = (key: ChestKey) => {
  try {
    nameOf(key);
    return false;
  } catch {
    return true;
  }
};

describe('the name of a key', () => {
  it('is the key itself where that is a simple string', () => {
    for (const key of ['x', 'part-0', 'é', 'a b', 'x.json', 'x'.repeat(301)]) {
      expect(nameOf(key)).toBe(key);
    }
  });

  it('shows what a key is', () => {
    const date = new Date('2026-11-21T11:12:15.123Z');
    const names: [ChestKey, string][] = [
      [42, '(42)'],
      [-0.5, '(-0.5)'],
      [42n, '(42n)'],
      ['42', '42'],
      [true, '(true)'],
      [null, '(null)'],
      [undefined, '(undefined)'],
      [date, '(2026-11-21T11:12:15.123Z)'],
      [Uint8Array.of(0, 255), '(bytes 00ff)'],
      ['', '(text )'],
      ['(42)', '(text (42))'],
      ['a/b', 'a%2Fb'],
      [['a', 'b'], 'a/b'],
      [['a', 7, ['b', 'c']], 'a/(7)/(list 1.b1.c)'],
      [['a'], '(list 1.a)'],
      [[], '(list )'],
    ];
    for (const [key, name] of names) {
      expect(nameOf(key)).toBe(name);
      expect(keyOfName(name)).toEqual([key]);
    }
  });

  it('is a valid key of core and leads back to an equal key', async () => {
    await checkProperty(2000, anyChestKey, async (key) => {
      fc.pre(!isTooLong(key));
      const name = nameOf(key);
      expect(checkKey(name)).toBe(name);
      const back = keyOfName(name) as readonly [ChestKey];
      expect(structure(back[0])).toBe(structure(key));
    });
  });

  it('is the same for keys of equal structure, and for no others', async () => {
    await checkProperty(2000, fc.tuple(anyChestKey, anyChestKey), async ([a, b]) => {
      fc.pre(!isTooLong(a) && !isTooLong(b));
      expect(nameOf(a) === nameOf(b)).toBe(structure(a) === structure(b));
    });
    expect(nameOf(-0)).toBe(nameOf(0));
    expect(nameOf([-0, 1])).toBe(nameOf([0, 1]));
    expect(nameOf(Buffer.from('ab'))).toBe(nameOf(new TextEncoder().encode('ab')));
  });

  it('is unique: other spellings are no key’s', async () => {
    for (const name of ['(042)', '(1e3)', '(+1)', '(list 01.a)', '(list 9.a)', '(bytes 0)', '(x']) {
      expect(keyOfName(name)).toBeUndefined();
    }
    const spelling = fc.string({ unit: fc.constantFrom(...'(list 12.an)/%2Ftrue'), maxLength: 14 });
    await checkProperty(2000, spelling, async (name) => {
      fc.pre(name !== '');
      const key = keyOfName(name);
      if (key !== undefined) expect(nameOf(key[0])).toBe(name);
    });
  });

  it('is refused to what is no key', () => {
    const circle: unknown[] = [];
    circle.push(circle);
    const bad = [{}, new Map(), () => 0, Symbol('s'), [{}], ['a', [Symbol('s')]], circle];
    const long = ['x'.repeat(1001), new Uint8Array(600), Array(600).fill('a'), [['x'.repeat(999)]]];
    for (const key of [...bad, ...long]) expect(() => nameOf(key as ChestKey)).toThrow(KeyError);
    expect(() => nameOf({} as ChestKey)).toThrow('not an Object');
    expect(() => nameOf(new Uint8Array(600))).toThrow('at most 1000');
  });
});
