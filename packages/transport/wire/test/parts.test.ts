import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cut, MORE, PartJoiner, SPLIT } from '../src/index.js';
import { PART_BYTES } from '../src/protocol.js';

function filled(length: number, seed: number): Uint8Array {
  return new Uint8Array(length).fill(seed);
}

describe('parts', () => {
  it('pass on what fits into one as it is', () => {
    const keys = ['a', 'b'];
    const values = [filled(3, 1), filled(PART_BYTES / 2, 2)];
    const parts = [...cut({ keys, values })];
    expect(parts.length).toBe(1);
    expect(parts[0]?.keys).toBe(keys);
    expect(parts[0]?.values).toBe(values);
    expect(parts[0]?.flags).toBe(0);
  });

  it('of nothing are one part with nothing', () => {
    expect([...cut({ keys: [], values: [] })]).toEqual([{ keys: [], values: [], flags: 0 }]);
  });

  it('join to what was cut, each within its limit, whatever the sizes', () => {
    const length = fc.oneof(
      fc.nat(1000),
      fc.constantFrom(
        0,
        PART_BYTES - 8,
        PART_BYTES - 7,
        PART_BYTES - 6,
        PART_BYTES,
        2 * PART_BYTES,
        5_000_000,
      ),
    );
    fc.assert(
      fc.property(fc.array(length, { minLength: 1, maxLength: 8 }), (lengths) => {
        const keys = lengths.map((_, i) => `${i}`);
        const values = lengths.map(filled);
        const joiner = new PartJoiner();
        const seen: string[] = [];
        const parts = [...cut({ keys, values })];
        parts.forEach(({ keys: partKeys = [], values: partValues = [], flags }, i) => {
          expect((flags & MORE) !== 0).toBe(i < parts.length - 1);
          const bytes = partValues.reduce((sum, value) => sum + value.length + 7, 0);
          expect(bytes).toBeLessThanOrEqual(PART_BYTES);
          expect(partKeys.length).toBe(partValues.length);
          seen.push(...partKeys.slice((parts[i - 1]?.flags ?? 0) & SPLIT ? 1 : 0));
          joiner.add(partValues, flags);
        });
        expect(seen).toEqual(keys);
        expect(joiner.count).toBe(keys.length);
        joiner.values().forEach((value, i) => {
          expect(Buffer.compare(value, values[i] as Uint8Array)).toBe(0);
        });
      }),
      { numRuns: 60 },
    );
  });

  it('of keys alone are cut, too', () => {
    const keys = Array.from({ length: 5000 }, (_, i) => `${i}`.padStart(1000, 'k'));
    const parts = [...cut({ keys })];
    expect(parts.length).toBe(3);
    expect(parts.flatMap((part) => part.keys)).toEqual(keys);
    expect(parts.map(({ flags }) => flags)).toEqual([MORE, MORE, 0]);
  });
});
