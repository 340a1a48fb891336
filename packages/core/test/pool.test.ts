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

  it('has sixteen jobs at a time, failed ones too, and starts them in order', async () => {
    let running = 0;
    let most = 0;
    const started: number[] = [];
    const jobs = Array.from({ length: 50 }, (_, i) =>
      inPool(async () => {
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
    expect(most).toBe(16);
    expect(started).toEqual(jobs.map((_, i) => i));
    expect(await inPool(async () => 'free again')).toBe('free again');
  });
});
