import { describe, expect, it } from '@jest/globals';
import { Int64, Utf8, vectorFromArray } from 'apache-arrow';
import { partitioner } from '../src/index.js';
import { batchOf, raw } from './batches.js';

const COUNT = 1_000_000;

describe('a million distinct values', () => {
  it.each([
    [
      'integers',
      raw(
        new Int64(),
        BigInt64Array.from({ length: COUNT }, (_, i) => BigInt(i) << 20n),
      ),
    ],
    [
      'text',
      vectorFromArray(
        Array.from({ length: COUNT }, (_, i) => `key ${i}`),
        new Utf8(),
      ),
    ],
  ])('have a million numbers, the same ones again: %s', (_, column) => {
    const batch = batchOf({ k: column });
    const assigned = partitioner(batch.schema, 'k');
    const numbers = new Int32Array(COUNT);
    for (let round = 0; round < 2; round++) {
      assigned.assign(batch, numbers.fill(-1));
      const wrong = numbers.findIndex((number, row) => number !== row);
      expect(wrong).toBe(-1);
      expect(assigned.count).toBe(COUNT);
    }
    expect(new Set(Array.from(numbers, (number) => assigned.key(number))).size).toBe(COUNT);
  });
});
