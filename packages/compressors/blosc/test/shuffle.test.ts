import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { checkProperty, pseudoRandomBytes } from '@spillway/core/conformance';
import fc from 'fast-check';
import wabt from 'wabt';
import { filterOf } from '../src/filter.js';
import { withRoom } from '../src/kernels.js';
import { SHUFFLE_WASM } from '../src/shuffle-wasm.js';

/** Where a byte goes, by what README_CHUNK_FORMAT says of shuffles. */
function byBytes(source: Uint8Array, typesize: number): Uint8Array {
  const elements = Math.floor(source.length / typesize);
  const target = Uint8Array.from(source);
  for (let i = 0; i < elements * typesize; i++)
    target[(i % typesize) * elements + Math.floor(i / typesize)] = source[i] as number;
  return target;
}

/** Where a bit goes. */
function byBits(source: Uint8Array, typesize: number): Uint8Array {
  const elements = Math.floor(source.length / typesize);
  const target = Uint8Array.from(source);
  if (elements % 8 !== 0) return target;
  target.fill(0, 0, elements * typesize);
  for (let i = 0; i < elements * typesize * 8; i++) {
    const bit = ((source[i >> 3] as number) >> (i & 7)) & 1;
    const to = (i % (8 * typesize)) * elements + Math.floor(i / (8 * typesize));
    target[to >> 3] = (target[to >> 3] as number) | (bit << (to & 7));
  }
  return target;
}

const typesizes = fc.oneof(
  fc.constantFrom(1, 2, 4, 8, 16, 32, 64, 128),
  fc.integer({ min: 1, max: 255 }),
);

describe.each([
  ['byte', byBytes],
  ['bit', byBits],
] as const)('a shuffle of each %s', (shuffle, expected) => {
  it('moves everything where it belongs, and back', () =>
    checkProperty(
      100,
      fc.record({
        typesize: typesizes,
        bytes: fc.integer({ min: 0, max: 3000 }),
        seed: fc.nat(99),
      }),
      async ({ typesize, bytes, seed }) =>
        expectMoves(pseudoRandomBytes(seed, bytes), shuffle, typesize, expected),
    ));

  it.each([2, 8, 12, 128])('does so with large blocks, of elements of %i bytes', (typesize) => {
    for (const bytes of [2 ** 17 + 16 * typesize, 300_000])
      expectMoves(pseudoRandomBytes(1, bytes), shuffle, typesize, expected);
  });
});

function expectMoves(
  source: Uint8Array,
  shuffle: 'byte' | 'bit',
  typesize: number,
  expected: typeof byBytes,
): void {
  const { apply, undo } = filterOf({ shuffle, typesize }) ?? { apply: copy, undo: copy };
  const moved = expected(source, typesize);
  const back = new Uint8Array(source.length);
  for (const place of [elsewhere, withRoom]) {
    place(source.length, (room) => {
      apply(source, room);
      expect(Buffer.compare(room, moved)).toBe(0);
      undo(room, back);
      expect(Buffer.compare(back, source)).toBe(0);
    });
  }
}

function copy(source: Uint8Array, target: Uint8Array): void {
  target.set(source);
}

function elsewhere(bytes: number, work: (room: Uint8Array) => void): void {
  work(new Uint8Array(bytes));
}

describe('the room of the kernels', () => {
  const bufferOf = (bytes: number) => withRoom(bytes, ({ buffer }) => buffer);

  it('is for one block at a time, and free again when its work ended or failed', async () => {
    const room = bufferOf(100);
    expect(bufferOf(100)).toBe(room);
    const later = withRoom(100, async ({ buffer }) => {
      await Promise.resolve();
      expect(buffer).toBe(room);
      throw new Error('ended');
    });
    expect(bufferOf(100)).not.toBe(room);
    await expect(later).rejects.toThrow('ended');
    expect(bufferOf(100)).toBe(room);
    const failing = () =>
      withRoom(100, () => {
        throw new Error('failed');
      });
    expect(failing).toThrow('failed');
    expect(bufferOf(100)).toBe(room);
  });

  it('is not for blocks that are larger', () => {
    const room = bufferOf(2 ** 20);
    expect(bufferOf(100)).toBe(room);
    expect(bufferOf(2 ** 20 + 1)).not.toBe(room);
  });
});

describe('the WebAssembly that is checked in', () => {
  it('is what shuffle.wat says; otherwise run `pnpm wasm`', async () => {
    const source = readFileSync(new URL('../src/shuffle.wat', import.meta.url), 'utf8');
    const { parseWat } = await wabt();
    const { buffer } = parseWat('shuffle.wat', source, { simd: true }).toBinary({});
    expect(SHUFFLE_WASM).toBe(Buffer.from(buffer).toString('base64'));
  });
});
