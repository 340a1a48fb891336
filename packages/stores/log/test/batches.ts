import { expect } from '@jest/globals';
import type { Store } from '@spillway/core';

const HEAD = 12;

/** The keys that every batch goes to. */
export const KEYS = ['a', 'b/c', 'key with ünïcode'] as const;

/**
 * A batch that can be told from its bytes: who wrote it, which one it is, how long it is; the rest of each
 * value follows from these.
 */
export function batch(writer: number, number: number, length = lengthOf(number)) {
  return KEYS.map((key, i) => [key, value(writer, number, length + i)] as const);
}

/** How many of a writer's batches the store holds: a beginning without holes, each batch whole. */
export async function batchesIn(store: Store, writer: number): Promise<number> {
  const counts = [];
  for (const bytes of await store.get(KEYS)) {
    const numbers = numbersIn(bytes).filter((found) => found.writer === writer);
    expect(numbers.map(({ number }) => number)).toEqual(numbers.map((_, i) => i));
    counts.push(numbers.length);
  }
  expect(new Set(counts).size).toBe(1);
  return counts[0] as number;
}

/** The batches in a value, in order. Fails when it holds anything else. */
export function numbersIn(bytes: Uint8Array): { writer: number; number: number }[] {
  const found = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < bytes.length; ) {
    const writer = view.getUint32(at, true);
    const number = view.getUint32(at + 4, true);
    const length = view.getUint32(at + 8, true);
    expect(Buffer.compare(bytes.subarray(at, at + length), value(writer, number, length))).toBe(0);
    found.push({ writer, number });
    at += length;
  }
  return found;
}

/** Lengths of all kinds, some longer than a short block, some so long that they lie in long ones. */
function lengthOf(number: number): number {
  if (number % 13 === 6) return 40_000 + number;
  return HEAD + ((number * 7919) % 61) * (number % 13 === 5 ? 211 : 3);
}

function value(writer: number, number: number, length: number): Uint8Array {
  const bytes = new Uint8Array(Math.max(length, HEAD));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, writer, true);
  view.setUint32(4, number, true);
  view.setUint32(8, bytes.length, true);
  for (let i = HEAD; i < bytes.length; i++) bytes[i] = (writer * 31 + number * 17 + i * 7) & 255;
  return bytes;
}

/** Numbers from 0 to 1 that follow from a seed. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 0x1_0000_0000;
  };
}
