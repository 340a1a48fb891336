import { describe, expect, it } from '@jest/globals';
import { KeyError } from '@spillway/core';
import fc from 'fast-check';
import { decodeKey, encodeKey, type Key, type Primitive } from '../src/key.js';

const primitive: fc.Arbitrary<Primitive> = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('\0', '\xff', 'a', '\ud800', '\udc00', '\uffff') }),
  fc.double(),
  fc.integer(),
  fc.bigInt(),
  fc.boolean(),
  fc.constantFrom(null, undefined, 0, -0, Number.NaN, Number.POSITIVE_INFINITY),
);
const anyKey: fc.Arbitrary<Key> = fc.oneof(primitive, fc.array(primitive, { maxLength: 4 }));

const KINDS = ['null', 'undefined', 'false', 'true', 'number', 'bigint', 'string'];

/** The order that is promised, told without the encoding. */
function compare(a: Primitive, b: Primitive): number {
  const kind = (key: Primitive) =>
    KINDS.indexOf(typeof key === 'boolean' || key === null ? String(key) : typeof key);
  if (kind(a) !== kind(b)) return kind(a) - kind(b);
  if (typeof a === 'number' && typeof b === 'number') {
    if (Number.isNaN(a) || Number.isNaN(b))
      return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
    return a - b || 0;
  }
  if (typeof a === 'string' && typeof b === 'string') {
    const [x, y] = [[...a], [...b]].map((text) => text.map((one) => one.codePointAt(0) as number));
    return compareAll(x as number[], y as number[], (i, j) => i - j);
  }
  return (a as bigint) < (b as bigint) ? -1 : a === b ? 0 : 1;
}

function compareAll<T>(a: readonly T[], b: readonly T[], one: (a: T, b: T) => number): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = one(a[i] as T, b[i] as T);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareKeys(a: Key, b: Key): number {
  if (Array.isArray(a) && Array.isArray(b)) return compareAll(a, b, compare);
  if (Array.isArray(a) !== Array.isArray(b)) return Array.isArray(a) ? 1 : -1;
  return compare(a as Primitive, b as Primitive);
}

const sign = (order: number): number => (order === 0 ? 0 : order < 0 ? -1 : 1);

describe('keys', () => {
  it('come back as they were, but for -0', () => {
    fc.assert(
      fc.property(anyKey, (key) => {
        const plain = (one: unknown) => (Object.is(one, -0) ? 0 : one);
        expect(decodeKey(encodeKey(key))).toStrictEqual(
          Array.isArray(key) ? key.map(plain) : plain(key),
        );
      }),
    );
  });

  it('have the bytes of their order, and equal bytes only if they are equal', () => {
    fc.assert(
      fc.property(anyKey, anyKey, (a, b) => {
        const [x, y] = [encodeKey(a), encodeKey(b)];
        expect(x < y ? -1 : x === y ? 0 : 1).toBe(sign(compareKeys(a, b)));
        const [p, q] = [Buffer.from(x, 'latin1'), Buffer.from(y, 'latin1')];
        expect(sign(Buffer.compare(p, q))).toBe(sign(compareKeys(a, b)));
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    { name: 'an object', key: {} },
    { name: 'a symbol', key: Symbol('x') },
    { name: 'an array in an array', key: [['x']] },
    { name: 'a function', key: () => 1 },
    { name: 'a Date', key: new Date(0) },
  ])('$name is a KeyError', ({ key }) => {
    expect(() => encodeKey(key)).toThrow(KeyError);
  });
});
