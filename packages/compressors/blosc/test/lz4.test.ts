import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { lz4 as browser } from '../src/lz4-browser.js';
import { load, lz4 as node } from '../src/lz4-node.js';

const require = createRequire(import.meta.url);
const withoutC = load((name) => {
  if (name === 'lz4') throw new Error("Cannot find module 'lz4'");
  return require(name);
});
const libraries = { lz4: node, 'lz4-napi': withoutC, 'the one of browsers': browser };

/** Bytes with runs, repeats near and far, and noise. */
const content = fc
  .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 400 })))
  .map((parts) => Buffer.concat(parts.flatMap(([bytes, times]) => Array(times).fill(bytes))));

async function compressed(library: typeof node, bytes: Uint8Array): Promise<Uint8Array> {
  const target = new Uint8Array(bytes.length + 100 + bytes.length / 100);
  return target.subarray(0, await library.compress(bytes, target));
}

describe.each(Object.entries(libraries))('LZ4 in Blosc by %s', (_, library) => {
  it.each(Object.entries(libraries))('makes blocks that are read by %s', async (_, reader) => {
    await fc.assert(
      fc.asyncProperty(content, async (bytes) => {
        if (bytes.length === 0) return;
        const block = await compressed(library, bytes);
        const target = new Uint8Array(bytes.length);
        expect(reader.decompress(block, target)).toBe(true);
        expect(Buffer.compare(target, bytes)).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it('says when a block has no room, and writes none behind it', async () => {
    const bytes = Uint8Array.from({ length: 1000 }, (_, i) => (i * i * 7919) >> 5);
    const memory = new Uint8Array(2000).fill(9);
    expect(await library.compress(bytes, memory.subarray(0, 500))).toBe(0);
    expect(memory.subarray(500).every((byte) => byte === 9)).toBe(true);
  });

  it('fills its target or says that it does not, whatever the block', async () => {
    const bytes = new TextEncoder().encode('{"origin":"SFO","destination":"LAX"},'.repeat(100));
    const block = Uint8Array.from(await compressed(library, bytes));
    const filledOrThrown = (block: Uint8Array, target: Uint8Array) => {
      try {
        return library.decompress(block, target);
      } catch (error) {
        return error;
      }
    };
    const fills = (damaged: Uint8Array, length: number) => {
      const memory = new Uint8Array(length + 8).fill(0xee);
      const outcome = filledOrThrown(damaged, memory.subarray(0, length));
      // The library makes its errors outside of jest's realm.
      if (typeof outcome !== 'boolean') expect(outcome).toHaveProperty('message');
      expect(memory.subarray(length).every((byte) => byte === 0xee)).toBe(true);
    };
    await fc.assert(
      fc.property(fc.nat(block.length - 1), fc.nat(255), (at, byte) => {
        fills(block.with(at, byte), bytes.length);
        fills(block.subarray(0, at), bytes.length);
      }),
    );
    for (const length of [0, 1, bytes.length - 1, bytes.length + 1])
      expect(filledOrThrown(block, new Uint8Array(length))).not.toBe(true);
  });
});
