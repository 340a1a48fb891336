import { describe, expect, it } from '@jest/globals';
import { checkKey, KeyError, key, keyParts, MAX_KEY_BYTES, quote, typeName } from '@spillway/core';
import { anyKey, badKeys, checkProperty, hostileKeys } from '@spillway/core/conformance';
import fc from 'fast-check';

describe('checkKey', () => {
  it('gives every valid key back as it is', () => {
    for (const valid of hostileKeys) expect(checkKey(valid)).toBe(valid);
    expect(new Set(hostileKeys).size).toBe(hostileKeys.length);
  });

  it('gives a number as its decimal string', () => {
    const numbers = [0, -0, 7, -3, 1.5, 2 ** 53];
    expect(numbers.map(checkKey)).toEqual(['0', '0', '7', '-3', '1.5', '9007199254740992']);
  });

  it('refuses everything else, naming it', () => {
    for (const bad of badKeys) expect(() => checkKey(bad)).toThrow(KeyError);
    expect(() => checkKey('')).toThrow('must not be empty');
    expect(() => checkKey('a\ud800')).toThrow('key "a\\ud800" holds a lone surrogate');
    expect(() => checkKey(Number.NaN)).toThrow('not NaN');
    for (const number of [1e21, 1e-7]) expect(() => checkKey(number)).toThrow('give it as text');
    expect(() => checkKey(null)).toThrow('not null');
    expect(() => checkKey([])).toThrow('not an array');
    expect(() => checkKey('é'.repeat(513))).toThrow(/takes 1026 UTF-8 bytes; at most 1024/);
  });

  it('counts bytes as UTF-8 does', async () => {
    const long = fc.string({ unit: 'grapheme', minLength: 330, maxLength: 1100 });
    await checkProperty(300, long, async (text) => {
      const bytes = Buffer.byteLength(text);
      if (bytes <= MAX_KEY_BYTES) expect(checkKey(text)).toBe(text);
      else expect(() => checkKey(text)).toThrow(`takes ${bytes} UTF-8 bytes`);
    });
  });
});

describe('key', () => {
  const part = fc.oneof(anyKey(), fc.constantFrom('', '%', '%2', '%2F', '%25', '%252F', '/', '2F'));
  const parts = fc
    .array(fc.oneof(part, part, fc.integer()), { minLength: 1, maxLength: 4 })
    .filter((all) => all.join('/') !== '' && Buffer.byteLength(all.join('/')) < 300);

  it('is undone by keyParts', async () => {
    await checkProperty(1000, parts, async (all) => {
      expect(keyParts(key(...all))).toEqual(all.map(String));
    });
  });

  it('leaves parts as they are that need no escape', () => {
    expect(key('orders', 7, 'a b%.txt')).toBe('orders/7/a b%.txt');
    expect(key('a/b', 7)).toBe('a%2Fb/7');
    expect(key('%2F', '%')).toBe('%252F/%');
    expect(key('a', '')).toBe('a/');
    expect(keyParts('a')).toEqual(['a']);
  });

  it('refuses what is no part, and what is no key together', () => {
    expect(() => key()).toThrow(KeyError);
    expect(() => key('')).toThrow(KeyError);
    expect(() => key('a', Number.NaN)).toThrow(KeyError);
    expect(() => key('a', undefined as never)).toThrow('a part of a key must be');
    expect(() => key('a'.repeat(600), 'b'.repeat(600))).toThrow(/takes 1201 UTF-8 bytes/);
  });
});

describe('Messages', () => {
  it('quote text, and cut what is long', () => {
    expect(quote('a"\0')).toBe('"a\\"\\u0000"');
    expect(quote('x'.repeat(80))).toBe(`"${'x'.repeat(80)}"`);
    expect(quote('x'.repeat(81))).toBe(`"${'x'.repeat(77)}..."`);
  });

  it('say what a value is', () => {
    const values = [
      undefined,
      null,
      [],
      {},
      Object.create(null),
      new Date(0),
      'a',
      1,
      1n,
      () => {},
    ];
    expect(values.map(typeName)).toEqual([
      ...['undefined', 'null', 'an array', 'an Object', 'an object', 'a Date'],
      ...['a string', 'a number', 'a bigint', 'a function'],
    ]);
  });
});
