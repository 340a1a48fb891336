import { describe, expect, it } from '@jest/globals';
import { checkKey } from '@spillway/core';
import fc from 'fast-check';
import { NULL_KEY, partitionKey, partitionText } from '../src/index.js';

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)) }),
  fc.constantFrom('', '%', '%null', '%empty', '%u', '%x00', '%long:', '%%', 'a/b', '..'),
);

describe('a partition key', () => {
  it('is a store key that tells its text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const key = partitionKey(text);
        expect(checkKey(key)).toBe(key);
        expect(partitionText(key)).toBe(text);
      }),
    );
  });

  it('of null is no text', () => {
    expect(partitionKey(null)).toBe(NULL_KEY);
    expect(partitionKey(undefined)).toBe(NULL_KEY);
    expect(partitionText(NULL_KEY)).toBeNull();
    expect(partitionKey('%null')).not.toBe(NULL_KEY);
  });

  it.each([1024, 1025, 5000])('of %i bytes is a store key', (bytes) => {
    const key = partitionKey('x'.repeat(bytes));
    expect(checkKey(key)).toBe(key);
    expect(partitionText(key)).toBe(bytes > 1024 ? undefined : key);
  });

  it('of numbers and dates is their text', () => {
    expect([1, -0, 1.5, 10n, true, new Date(0)].map(partitionKey)).toEqual([
      ...['1', '0', '1.5', '10', 'true', '1970-01-01T00:00:00.000Z'],
    ]);
    expect(() => partitionKey(new Date(Number.NaN))).toThrow(
      expect.objectContaining({ code: 'SPILLWAY_SCHEMA' }),
    );
    expect(() => partitionKey({} as never)).toThrow(
      expect.objectContaining({ code: 'SPILLWAY_SCHEMA' }),
    );
  });
});
