import { describe, expect, it } from '@jest/globals';
import { frame, splitFrames } from '@spillway/core';
import { Dict } from '@spillway/dict';
import { readHeader } from '../src/header.js';
import { Blosc, type BloscOptions } from '../src/index.js';
import { whole } from './wrong-payloads.js';

describe('the options of Blosc', () => {
  const numbers = Float64Array.from({ length: 50_000 }, (_, i) => i * 0.25);
  const bytes = new Uint8Array(numbers.buffer);
  const chunkWith = async (options: BloscOptions) => {
    await using inner = Dict();
    const store = Blosc(inner, options);
    await store.append({ a: bytes });
    expect(Buffer.compare(await store.get('a'), bytes)).toBe(0);
    return splitFrames(Uint8Array.from(await inner.get('a')), 'a')[0] as Uint8Array;
  };
  const sizeWith = async (options: BloscOptions) => (await chunkWith(options)).length;

  it('say how elements are shuffled, which makes arrays small', async () => {
    const plain = await sizeWith({ shuffle: 'none' });
    const byByte = await sizeWith({});
    const byBit = await sizeWith({ shuffle: 'bit' });
    expect(byByte).toBeLessThan(plain / 4);
    expect(byBit).toBeLessThan(plain / 4);
    expect(await sizeWith({ typesize: 1 })).toBeGreaterThan(4 * byByte);
    expect(await sizeWith({ typesize: 3 })).toBeGreaterThan(2 * byByte);
  });

  it('make small what is noise in some of its bytes, and in some of its bits', async () => {
    const walk = new Float64Array(200_000);
    for (let i = 1, state = 1; i < walk.length; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      walk[i] = (walk[i - 1] as number) + state / 2 ** 32 - 0.5;
    }
    const noisy = new Uint8Array(walk.buffer);
    for (const shuffle of ['byte', 'bit'] as const) {
      for (const level of [5, 9]) {
        await using inner = Dict();
        await Blosc(inner, { shuffle, level }).append({ a: noisy });
        expect((await inner.get('a')).length).toBeLessThan(0.75 * noisy.length);
      }
    }
  });

  it('store with level 0, and cut larger blocks with higher ones', async () => {
    expect(await sizeWith({ level: 0 })).toBe(bytes.length + 16);
    const blocks: number[] = [];
    for (const level of [1, 2, 5, 9])
      blocks.push(readHeader(await chunkWith({ level, typesize: 4 })).blockBytes);
    expect(blocks).toEqual([2 ** 16, 2 ** 17, bytes.length, bytes.length]);
  });

  it('are in the spec where they differ from the defaults', async () => {
    await using inner = Dict();
    expect(String(Blosc(inner, { typesize: 8, shuffle: 'byte', level: 5 }))).toBe('Blosc(Dict())');
    expect(String(Blosc(inner, { typesize: 4, shuffle: 'bit', maxDecodedBytes: 9 }))).toBe(
      'Blosc(Dict(), {"shuffle":"bit","typesize":4,"maxDecodedBytes":9})',
    );
  });

  it.each([
    { typesize: 0 },
    { typesize: 256 },
    { typesize: 1.5 },
    { level: -1 },
    { level: 10 },
    { shuffle: 'word' as 'byte' },
  ])('are refused when wrong: %j', async (options) => {
    await using inner = Dict();
    expect(() => Blosc(inner, options)).toThrow(TypeError);
  });

  it('are not needed to read: a chunk says them', async () => {
    await using inner = Dict();
    await Blosc(inner, { typesize: 4, shuffle: 'bit', level: 1 }).append({ a: bytes });
    expect(Buffer.compare(await Blosc(inner).get('a'), bytes)).toBe(0);
    await inner.set({ b: frame(whole) });
    expect(await Blosc(inner).get('b')).toEqual(new Uint8Array(200).fill(97));
  });
});
