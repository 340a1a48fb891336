import { describe, expect, it } from '@jest/globals';
import { conformance } from '@spillway/core/conformance';
import { Dict } from '../src/index.js';

conformance('Dict()', () => Dict());

describe('Dict', () => {
  it('lends one chunk without a copy, and the same bytes again', async () => {
    await using store = Dict();
    await store.append({ a: new Uint8Array(1000).fill(1) });
    const first = await store.get('a');
    const second = await store.get('a');
    expect(second.buffer).toBe(first.buffer);
    for (let i = 0; i < 100; i++) await store.append({ a: new Uint8Array(1000).fill(2) });
    const joined = await store.get('a');
    expect(joined.length).toBe(101_000);
    expect((await store.get('a')).buffer).toBe(joined.buffer);
    expect(first).toEqual(new Uint8Array(1000).fill(1));
  });

  it('takes at most half as much memory again as it holds', async () => {
    await using store = Dict();
    let held = 0;
    for (let round = 0; round < 400; round++) {
      const entries = Array.from(
        { length: 50 },
        (_, key) => [key, new Uint8Array(((round * 7919 + key * 104729) % 900) + 1)] as const,
      );
      await store.append(entries);
      for (const [, value] of entries) held += value.length;
      if (held > 1e6) expect(store.memory).toBeLessThan(1.5 * held);
    }
    expect(held).toBeGreaterThan(5e6);
  });

  it('counts no memory once everything is deleted, popped or dropped', async () => {
    await using store = Dict();
    const entries = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [`k${i}`, new Uint8Array(5000)]),
    );
    for (const empty of [
      () => store.delete(Object.keys(entries)),
      () => store.pop(Object.keys(entries)),
      () => store.drop(),
    ]) {
      for (let i = 0; i < 5; i++) await store.append(entries);
      await store.get(['k1', 'k2']);
      expect(store.memory).toBeGreaterThan(500_000);
      await empty();
      expect(store.memory).toBe(0);
    }
  });

  it('never writes to memory that a reader or a stream still has', async () => {
    await using store = Dict();
    const fill = (byte: number) =>
      store.append({ a: new Uint8Array(3000).fill(byte), b: new Uint8Array(70).fill(byte) });
    for (let i = 0; i < 5; i++) await fill(1);
    const [a, b] = await store.get(['a', 'b']);
    await fill(1);
    const parts = [];
    for await (const part of store.stream('a')) parts.push(part);
    await store.drop();
    for (let i = 0; i < 20; i++) await fill(2);
    for (const bytes of [a, b, ...parts]) expect(bytes?.every((byte) => byte === 1)).toBe(true);
  });
});
