import { describe, expect, it } from '@jest/globals';
import { Int64, Utf8, Vector } from 'apache-arrow';
import { partitioner } from '../src/index.js';
import { batchOf, raw } from './batches.js';
import { makeColumn } from './make-column.js';

const COUNT = 1_000_000;

/** The texts `key 0`, `key 1` and so on. The library's builder would take longer than all the rest. */
function texts(): Vector {
  const all = Array.from({ length: COUNT }, (_, i) => `key ${i}`);
  const offsets = new Int32Array(COUNT + 1);
  for (let i = 0; i < COUNT; i++)
    offsets[i + 1] = (offsets[i] as number) + (all[i] as string).length;
  const values = new TextEncoder().encode(all.join(''));
  const bytes = new Uint8Array(offsets.buffer);
  return new Vector([makeColumn(new Utf8(), COUNT, { offsets: bytes, values })]);
}

describe('a million distinct values', () => {
  it.each([
    [
      'integers',
      raw(
        new Int64(),
        BigInt64Array.from({ length: COUNT }, (_, i) => BigInt(i) << 20n),
      ),
    ],
    ['text', texts()],
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
