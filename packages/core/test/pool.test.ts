import { describe, expect, it } from '@jest/globals';
import { inPool, isPooled } from '@spillway/core';

describe('the thread pool', () => {
  it('is for large values, and for smaller ones that come together', () => {
    const sizes = { alone: 1000, together: 100 };
    const pooled = [99, 100, 999, 1000].map((bytes) => [
      isPooled(bytes, 1, sizes),
      isPooled(bytes, 2, sizes),
    ]);
    expect(pooled).toEqual([
      [false, false],
      [false, true],
      [false, true],
      [true, true],
    ]);
  });

  it('has eight large jobs at a time, failed ones too, and starts them in order', async () => {
    let running = 0;
    let most = 0;
    const started: number[] = [];
    const jobs = Array.from({ length: 50 }, (_, i) =>
      inPool(2 ** 20, async () => {
        started.push(i);
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve, 1));
        running--;
        if (i % 3 === 0) throw new Error(`job ${i}`);
        return i;
      }),
    );
    const outcomes = await Promise.allSettled(jobs);
    expect(outcomes.map(({ status }) => status === 'rejected')).toEqual(
      jobs.map((_, i) => i % 3 === 0),
    );
    expect(most).toBe(8);
    expect(started).toEqual(jobs.map((_, i) => i));
    expect(await inPool(1, async () => 'free again')).toBe('free again');
  });

  it('has more jobs at a time while they have four mebibytes at most', async () => {
    let running = 0;
    let most = 0;
    const started: number[] = [];
    const sizes = [...Array(100).fill(2 ** 16), 2 ** 24, ...Array(5).fill(2 ** 16)];
    await Promise.all(
      sizes.map((bytes, i) =>
        inPool(bytes, async () => {
          started.push(i);
          most = Math.max(most, ++running);
          await new Promise((resolve) => setTimeout(resolve, 1));
          running--;
        }),
      ),
    );
    expect(most).toBe(64);
    expect(started).toEqual(sizes.map((_, i) => i));
  });
});
