import { describe, expect, it } from '@jest/globals';
import { checkProperty } from '@spillway/core/conformance';
import fc from 'fast-check';
import { type Block, blockBytes, orderOf, Slabs } from '../src/slabs.js';

const SLAB = 2 ** 20;

describe('Slabs', () => {
  it('gives blocks that never overlap, and counts them', async () => {
    const steps = fc.array(fc.tuple(fc.nat(14), fc.boolean(), fc.nat()), { maxLength: 300 });
    await checkProperty(100, steps, async (taken) => {
      const slabs = new Slabs();
      const blocks: Block[] = [];
      for (const [order, take, which] of taken) {
        if (take || blocks.length === 0) {
          const block = slabs.take(order);
          blocks.push(block);
          stamp(slabs, block);
        } else slabs.give(blocks.splice(which % blocks.length, 1)[0] as Block);
      }
      expect(slabs.inUse).toBe(blocks.reduce((sum, block) => sum + blockBytes(block), 0));
      // Free memory holds links, and other blocks their own stamps.
      for (const block of blocks) expect(stampOf(slabs, block)).toBe(block);
    });
  });

  it('joins what was split: all blocks given back make whole slabs again', () => {
    const slabs = new Slabs();
    const small = Array.from({ length: (4 * SLAB) / 64 }, () => slabs.take(0));
    const used = new Set(small.map((block) => slabs.slab(block)));
    expect(used.size).toBe(4);
    for (let i = 0; i < small.length; i++) slabs.give(small[(i * 7919) % small.length] as Block);
    expect(slabs.inUse).toBe(0);
    const large = Array.from({ length: 4 }, () => slabs.take(orderOf(SLAB)));
    expect(new Set(large.map((block) => slabs.slab(block)))).toEqual(used);
  });

  it('keeps 32 MiB of what nobody uses, and lets go of the rest', () => {
    const slabs = new Slabs();
    const blocks = Array.from({ length: 50 }, () => slabs.take(14));
    const before = new Set(blocks.map((block) => slabs.slab(block)));
    for (const block of blocks.slice(10)) slabs.give(block);
    slabs.trim();
    const again = Array.from({ length: 40 }, () => slabs.take(14));
    expect(again.filter((block) => before.has(slabs.slab(block)))).toHaveLength(32);
    expect(new Set([...blocks.slice(0, 10), ...again]).size).toBe(50);
  });

  it('finds the largest block that fits', () => {
    expect([1, 63, 64, 127, 128, 2 ** 20 - 1, 2 ** 20, 2 ** 40].map(orderOf)).toEqual([
      0, 0, 0, 0, 1, 13, 14, 14,
    ]);
  });
});

function bytesOf(slabs: Slabs, block: Block): Uint8Array {
  const at = slabs.offset(block);
  return slabs.slab(block).bytes.subarray(at, at + blockBytes(block));
}

/** Marks a block at both its ends. */
function stamp(slabs: Slabs, block: Block): void {
  const bytes = bytesOf(slabs, block);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  view.setFloat64(0, block);
  view.setFloat64(bytes.length - 8, block);
}

/** The mark, when both ends still have it. */
function stampOf(slabs: Slabs, block: Block): number | undefined {
  const bytes = bytesOf(slabs, block);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const first = view.getFloat64(0);
  return first === view.getFloat64(bytes.length - 8) ? first : undefined;
}
