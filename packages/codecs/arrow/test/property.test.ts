import { describe, expect, it } from '@jest/globals';
import { tableFromIPC } from 'apache-arrow';
import fc from 'fast-check';
import { decode } from '../src/decode.js';
import { encode } from '../src/encode.js';
import { anySchema } from './any-schema.js';
import { plainRows } from './plain-rows.js';
import { Random, randomTable } from './random-tables.js';

const lengths = fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 3 });

describe('a random table', () => {
  it.each([
    ['us', decode],
    ['the library', tableFromIPC],
  ] as const)('is decoded as it was encoded by %s', (_, read) => {
    fc.assert(
      fc.property(anySchema, lengths, fc.nat(), (schema, rows, seed) => {
        const table = randomTable(schema, rows, new Random(seed));
        const before = plainRows(table);
        const decoded = read(encode(table));
        expect(plainRows(decoded)).toEqual(before);
        expect(String(decoded.schema)).toBe(String(schema));
      }),
      { numRuns: 100 },
    );
  });
});
