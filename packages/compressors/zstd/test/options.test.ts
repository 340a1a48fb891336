import { describe, expect, it } from '@jest/globals';
import { Dict } from '@spillway/dict';
import { Zstd } from '../src/index.js';

describe('the level of Zstd', () => {
  const bytes = new TextEncoder().encode(
    Array.from({ length: 20_000 }, (_, i) => `{"delay":${(i * i * 31) % 997}},`).join(''),
  );

  it.each([1, 2])('is what it compresses with, small values and %i large ones', async (count) => {
    const values = [bytes.subarray(0, 20_000), bytes];
    const sizes: number[][] = [];
    for (const level of [1, 19]) {
      await using inner = Dict();
      const store = Zstd(inner, { level });
      for (const [i, value] of values.entries()) {
        const keys = Array.from({ length: i === 0 ? 1 : count }, (_, n) => `${i}-${n}`);
        await store.append(keys.map((key) => [key, value]));
        for (const read of await store.get(keys)) expect(Buffer.compare(read, value)).toBe(0);
      }
      sizes.push([(await inner.get('0-0')).length, (await inner.get('1-0')).length]);
    }
    const [fastest, smallest] = sizes as [number[], number[]];
    expect(fastest[0]).toBeGreaterThan(smallest[0] as number);
    expect(fastest[1]).toBeGreaterThan(smallest[1] as number);
  });

  it('is in the spec unless it is the default', async () => {
    await using inner = Dict();
    expect(String(Zstd(inner, { level: 3 }))).toBe('Zstd(Dict())');
    expect(String(Zstd(inner, { level: 1, maxDecodedBytes: 9 }))).toBe(
      'Zstd(Dict(), {"level":1,"maxDecodedBytes":9})',
    );
  });

  it('is a whole number from 1 to 22', async () => {
    await using inner = Dict();
    for (const level of [0, 23, 1.5, Number.NaN])
      expect(() => Zstd(inner, { level })).toThrow(TypeError);
  });
});
