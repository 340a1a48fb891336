import { expect, it } from '@jest/globals';
import { CorruptError } from '../errors.js';
import { frame, splitFrames } from '../frame.js';
import { type CompressorSubject, same } from './compressor-subject.js';
import { turnsDuring } from './turns.js';
import { pseudoRandomBytes } from './values.js';

/** Values large enough to be worked on outside the event loop. */
export function largeValues({ make, memory, checksum, pooled }: CompressorSubject): void {
  const ofLetters = pseudoRandomBytes(3, 4_500_000).map((byte) => 97 + (byte % 8));
  const noise = pseudoRandomBytes(4, 600_000);

  it('gives back large values, alone and together with small ones', async () => {
    await using store = make(memory());
    await store.append({ alone: ofLetters });
    await store.append([
      ['a', noise],
      ['b', Uint8Array.of(1)],
      ['a', ofLetters],
      ['c', ofLetters.subarray(0, 400_000)],
    ]);
    const [alone, a, b, c] = await store.get(['alone', 'a', 'b', 'c']);
    expect(same(alone as Uint8Array, ofLetters)).toBe(true);
    expect(same(a as Uint8Array, Buffer.concat([noise, ofLetters]))).toBe(true);
    expect(b).toEqual(Uint8Array.of(1));
    expect(same(c as Uint8Array, ofLetters.subarray(0, 400_000))).toBe(true);
    expect(same(await store.get('alone'), ofLetters)).toBe(true);
  });

  it('keeps the order of appends, whatever their sizes', async () => {
    await using store = make(memory());
    const parts = [noise, Uint8Array.of(1), ofLetters.subarray(0, 1_000_000), Uint8Array.of(2, 3)];
    await Promise.all(parts.map((part) => store.append({ a: part })));
    expect(same(await store.get('a'), Buffer.concat(parts))).toBe(true);
  });

  it('refuses large payloads that are torn, changed or go on behind their end', async () => {
    await using inner = memory();
    const store = make(inner);
    await store.append({ a: ofLetters.subarray(0, 1_500_000) });
    const payload = splitFrames(Uint8Array.from(await inner.get('a')), 'a')[0] as Uint8Array;
    const changed = Uint8Array.from(payload);
    changed.fill(0x55, payload.length >> 1, (payload.length >> 1) + 20);
    const torn = payload.subarray(0, -100);
    const longer = Buffer.concat([payload, Uint8Array.of(1, 2, 3)]);
    for (const damaged of [torn, longer, ...(checksum ? [changed] : [])]) {
      await inner.set({ a: frame(damaged), b: frame(payload) });
      const both = store.get(['b', 'a']);
      await expect(both).rejects.toThrow(CorruptError);
      await expect(both).rejects.toMatchObject({ key: 'a', frame: 0 });
      await expect(store.get('a')).rejects.toThrow(CorruptError);
    }
  });

  if (pooled) {
    it('leaves the event loop to others while it works on large values', async () => {
      const value = Buffer.concat([ofLetters, ofLetters]);
      await using store = make(memory());
      await store.append({ warm: noise, a: value });
      await expectTurns(() => store.append({ b: value }));
      await expectTurns(() => store.get('a'));
    });
  }
}

/**
 * Fails unless the event loop turns while some work is done. Work on this thread leaves one turn each time, the one
 * after it; work elsewhere may do so on a loaded machine, but not each time.
 */
async function expectTurns(work: () => Promise<unknown>): Promise<void> {
  const tries = 50;
  let turns = 0;
  for (let i = 0; i < tries && turns <= 1; i++) turns = await turnsDuring(work());
  expect(turns).toBeGreaterThan(1);
}
