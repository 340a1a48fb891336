import { describe, expect, it } from '@jest/globals';
import { Dict } from '@spillway/dict';
import { File } from '@spillway/file';
import { Buffer } from '../src/index.js';

describe('Buffer', () => {
  it('runs on the same memory throughout, whatever sizes values have', async () => {
    const availableMemory = 8_000_000;
    await using store = Buffer(Dict(), File(), { availableMemory });
    const bytes = new Uint8Array(6000).fill(7);
    // Garbage counts: what had to be collected first would be memory taken.
    const before = process.memoryUsage().arrayBuffers;
    let peak = 0;
    let appended = 0;
    for (let round = 1; appended < 20 * availableMemory; round++) {
      const batch = Array.from({ length: 100 }, (_, i) => {
        const length = (round * 7919 + i * 104_729) % (i % 10 === 0 ? 6000 : 300);
        appended += length;
        return [`key-${(round * 31 + i * i) % 400}`, bytes.subarray(0, length)] as const;
      });
      await store.append(batch);
      peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
    }
    expect(peak).toBeGreaterThan(0.5 * availableMemory);
    expect(peak).toBeLessThan(1.5 * availableMemory);
  });
});
