import { describe, expect, it } from '@jest/globals';
import { MAX_KEY_BYTES } from '@spillway/core';
import { anyKey, checkProperty, hostileKeys } from '@spillway/core/conformance';
import fc from 'fast-check';
import { FOLDERS, keyOf, namesOf, SELF } from '../../src/node/file-name.js';

/** Names of every kind, some of them a key's. */
const anyName = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'ab.%-_+2FfE~ é'), minLength: 1, maxLength: 12 }),
  fc.constantFrom('%_', '%2E', '%2E.', '%2Elock', '%2F', '%C3%A9', '%C3', '%41', SELF, FOLDERS),
  fc.integer({ min: 230, max: 300 }).map((length) => 'x'.repeat(length)),
  fc.constantFrom(`${'x'.repeat(240)}%-`, `${'x'.repeat(239)}%-`),
);

describe('the file name of a key', () => {
  it('is the key itself where that is safe, as Python partd has it', () => {
    for (const key of ['a', 'part-0', 'A_b.c (1)', '..a', '.locks', 'x'.repeat(255)]) {
      expect(namesOf(key)).toEqual([key]);
    }
    expect(namesOf('a/b/c')).toEqual(['a', 'b', 'c']);
  });

  it('escapes what is not', () => {
    expect(namesOf('.')).toEqual(['%2E']);
    expect(namesOf('../x')).toEqual(['%2E.', 'x']);
    expect(namesOf('.lock')).toEqual(['%2Elock']);
    expect(namesOf('a//b/')).toEqual(['a', '%_', 'b', '%_']);
    expect(namesOf('é%\0')).toEqual(['%C3%A9%25%00']);
    expect(namesOf('x'.repeat(500))).toEqual([
      `${'x'.repeat(240)}%-`,
      `${'x'.repeat(240)}%-`,
      'x'.repeat(20),
    ]);
  });

  it('leads to one place below the directory, and back to the key', async () => {
    const check = (key: string) => {
      const names = namesOf(key);
      expect(keyOf(names)).toBe(key);
      for (const name of names) {
        expect(name).toMatch(/^[A-Za-z0-9\-_.() %]+$/);
        expect(['.', '..', '.lock', SELF, FOLDERS]).not.toContain(name);
        expect(name.length).toBeLessThanOrEqual(255);
      }
    };
    for (const key of hostileKeys) check(key);
    await checkProperty(500, anyKey(), async (key) => check(key));
  });

  it('is no other key’s', async () => {
    const paths = new Map(hostileKeys.map((key) => [namesOf(key).join('/'), key]));
    expect(paths.size).toBe(new Set(hostileKeys).size);
    await checkProperty(500, fc.tuple(anyKey(), anyKey()), async ([a, b]) => {
      expect(namesOf(a).join('/') === namesOf(b).join('/')).toBe(a === b);
    });
  });

  it('leaves short paths, however many parts a key has', () => {
    for (const key of ['/'.repeat(MAX_KEY_BYTES), 'ÿ/'.repeat(341), '%'.repeat(MAX_KEY_BYTES)]) {
      expect(namesOf(key).length).toBeLessThan(50);
      expect(namesOf(key).join('/').length).toBeLessThan(3200);
    }
  });

  it('is unique: names that are spelled otherwise are no key’s', async () => {
    for (const names of [
      ['%2f'],
      ['%41'],
      ['%C3'],
      ['a:b'],
      ['.lock'],
      ['%'],
      ['%_', '%zz'],
      ['é'],
    ]) {
      expect(keyOf(names)).toBeUndefined();
    }
    expect(keyOf(['%_'])).toBeUndefined();
    expect(keyOf(['x'.repeat(200), 'x'.repeat(200), 'y'.repeat(625)])).toBeUndefined();
    await checkProperty(500, fc.array(anyName, { minLength: 1, maxLength: 4 }), async (names) => {
      const key = keyOf(names);
      if (key !== undefined) expect(namesOf(key)).toEqual(names);
    });
  });
});
