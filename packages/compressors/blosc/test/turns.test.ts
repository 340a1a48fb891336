import { describe, expect, it } from '@jest/globals';
import { turnsDuring } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import { Blosc } from '../src/index.js';
import { turnFor } from '../src/turns.js';

describe('turns of the event loop', () => {
  it('are between each four mebibytes, in the order of calls', async () => {
    const begun: number[] = [];
    const blocks = Array.from({ length: 20 }, async (_, i) => {
      await turnFor(2 ** 20);
      begun.push(i);
    });
    expect(await turnsDuring(Promise.all(blocks))).toBeGreaterThanOrEqual(4);
    expect(begun).toEqual(blocks.map((_, i) => i));
  });

  it('wait for no block larger than that', async () => {
    expect(await turnsDuring(Promise.all([2 ** 24, 2 ** 24, 2 ** 24].map(turnFor)))).toBeLessThan(
      9,
    );
  });

  it('are left by many values that are not large', async () => {
    await using store = Blosc(Dict());
    const value = new Uint8Array(Float64Array.from({ length: 2 ** 17 }, (_, i) => i).buffer);
    const keys = Array.from({ length: 20 }, (_, i) => `${i}`);
    const appended = store.append(keys.map((key) => [key, value]));
    expect(await turnsDuring(appended)).toBeGreaterThanOrEqual(4);
    expect(await turnsDuring(store.get(keys))).toBeGreaterThanOrEqual(4);
    for (const read of await store.get(keys)) expect(Buffer.compare(read, value)).toBe(0);
  });
});
