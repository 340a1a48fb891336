import { describe, expect, it } from '@jest/globals';
import { Dict } from '@spillway/dict';
import { ZLib } from '../src/index.js';

describe('the level of ZLib', () => {
  const bytes = new TextEncoder().encode('{"origin":"SFO","destination":"LAX"},'.repeat(500));

  it('is what it compresses with', async () => {
    const sizes: number[] = [];
    for (const level of [0, 1, 9]) {
      await using inner = Dict();
      const store = ZLib(inner, { level });
      await store.append({ a: bytes });
      expect(await store.get('a')).toEqual(bytes);
      sizes.push((await inner.get('a')).length);
    }
    const [stored, fastest, smallest] = sizes as [number, number, number];
    expect(stored).toBeGreaterThan(bytes.length);
    expect(fastest).toBeGreaterThan(smallest);
  });

  it('is in the spec unless it is the default', async () => {
    await using inner = Dict();
    expect(String(ZLib(inner, { level: 6 }))).toBe('ZLib(Dict())');
    expect(String(ZLib(inner, { level: 1, maxDecodedBytes: 9 }))).toBe(
      'ZLib(Dict(), {"level":1,"maxDecodedBytes":9})',
    );
  });

  it('is a whole number from 0 to 9', async () => {
    await using inner = Dict();
    for (const level of [-1, 10, 1.5, Number.NaN])
      expect(() => ZLib(inner, { level })).toThrow(TypeError);
  });
});
