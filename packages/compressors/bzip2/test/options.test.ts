import { describe, expect, it } from '@jest/globals';
import { Dict } from '@spillway/dict';
import { BZ2 } from '../src/index.js';

describe('the level of BZ2', () => {
  const bytes = Uint8Array.from({ length: 500_000 }, (_, i) => 97 + ((i * i * 31) % 997) / 64);

  it('is the size of its blocks, on this thread and on others', async () => {
    for (const value of [bytes.subarray(0, 10_000), bytes]) {
      const levels: (number | undefined)[] = [];
      const sizes: number[] = [];
      for (const level of [1, 9]) {
        await using inner = Dict();
        const store = BZ2(inner, { level });
        await store.append({ a: value });
        expect(Buffer.compare(await store.get('a'), value)).toBe(0);
        const stored = await inner.get('a');
        levels.push(stored[8 + 3]);
        sizes.push(stored.length);
      }
      expect(levels).toEqual([0x31, 0x39]);
      if (value === bytes) expect(sizes[0]).toBeGreaterThan(sizes[1] as number);
    }
  });

  it('is in the spec unless it is the default', async () => {
    await using inner = Dict();
    expect(String(BZ2(inner, { level: 9 }))).toBe('BZ2(Dict())');
    expect(String(BZ2(inner, { level: 1, maxDecodedBytes: 7 }))).toBe(
      'BZ2(Dict(), {"level":1,"maxDecodedBytes":7})',
    );
  });

  it('is a whole number from 1 to 9', async () => {
    await using inner = Dict();
    for (const level of [0, 10, 1.5, Number.NaN])
      expect(() => BZ2(inner, { level })).toThrow(TypeError);
  });
});
