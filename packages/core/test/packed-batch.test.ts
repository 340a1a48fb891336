import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PackedBatch } from '../src/index.js';

/** Values as a message has them: something, lengths, values. */
function pack(values: readonly Uint8Array[], before: number): DataView {
  const lengths = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, i) => {
    lengths.setUint32(4 * i, value.length, true);
  });
  const parts = [Buffer.alloc(before, 0xff), Buffer.from(lengths.buffer), ...values];
  const bytes = Buffer.concat(parts);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

describe('PackedBatch', () => {
  it('gives its values as views, the same ones again', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 70 })), fc.nat(9), (values, before) => {
        const keys = values.map((_, i) => `k${i}`);
        const memory = pack(values, before);
        const valuesAt = before + 4 * values.length;
        const batch = new PackedBatch(keys, { memory, lengthsAt: before, valuesAt });
        expect(batch.keys).toBe(keys);
        expect(batch.values).toEqual(values);
        expect(batch.values).toBe(batch.values);
        for (const value of batch.values) expect(value.buffer).toBe(memory.buffer);
      }),
    );
  });
});
