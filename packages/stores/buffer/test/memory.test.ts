import { describe, expect, it } from '@jest/globals';
import { concatBytes, Encode, type Store } from '@spillway/core';
import { collectGarbage } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import { File } from '@spillway/file';
import { Buffer } from '../src/index.js';

const availableMemory = 16_000_000;

const bytes = new Uint8Array(600_000).fill(7);

/** Frames values as compressors and codecs do. */
const Framed = (inner: Store) =>
  Encode(
    { name: 'Framed', encode: (value) => value, decode: (value) => value, join: concatBytes },
    inner,
  );

describe('Buffer', () => {
  it.each([
    ['small', 6000, false, 1.4],
    ['small framed', 6000, true, 1.4],
    ['large', 600_000, false, 1.4],
    // What was kept as it came before the first spill waits for the garbage collector.
    ['large framed', 600_000, true, 2.2],
  ])('runs on the same memory throughout with %s values', async (_, most, framed, share) => {
    const buffer = Buffer(Dict(), File(), { availableMemory });
    await using store = framed ? Framed(buffer) : buffer;
    collectGarbage();
    // From here on, garbage counts: what had to be collected first would be memory taken.
    const before = process.memoryUsage().arrayBuffers;
    let peak = 0;
    let appended = 0;
    for (let round = 1; appended < 10 * availableMemory; round++) {
      const batch = Array.from({ length: most > 10_000 ? 4 : 100 }, (_, i) => {
        const length = (round * 7919 + i * 104_729) % (i % 10 === 0 ? most : most / 20);
        appended += length;
        return [`key-${(round * 31 + i * i) % 400}`, bytes.subarray(0, length)] as const;
      });
      await store.append(batch);
      peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
    }
    expect(peak).toBeGreaterThan(0.5 * availableMemory);
    expect(peak).toBeLessThan(share * availableMemory);
  });
});
