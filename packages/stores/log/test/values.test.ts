import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { CorruptError } from '@spillway/core';
import fc from 'fast-check';
import { Log } from '../src/index.js';
import { directory } from './place.js';

/** Lengths around those of blocks, of what is read at once, and of what is written at once. */
const length = fc.oneof(
  { weight: 6, arbitrary: fc.nat(300) },
  { weight: 3, arbitrary: fc.integer({ min: 4000, max: 4200 }) },
  { weight: 2, arbitrary: fc.integer({ min: 250_000, max: 270_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 900_000, max: 2_200_000 }) },
);

/** Lengths around those of long blocks. */
const long = fc.oneof(
  { weight: 1, arbitrary: fc.nat(300) },
  { weight: 3, arbitrary: fc.integer({ min: 65_400, max: 65_700 }) },
  { weight: 1, arbitrary: fc.integer({ min: 130_000, max: 400_000 }) },
);

describe('values of any length', () => {
  it('come back whole, in batches of any make-up, by every way to read them', async () => {
    const batchOf = (bytes: fc.Arbitrary<number>) =>
      fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), bytes), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(batchOf(length), batchOf(long)), { maxLength: 8 }),
        async (batches) => {
          const log = Log(directory(), { segmentBytes: 1_000_000 });
          const model = new Map<string, Uint8Array[]>();
          let seed = 0;
          for (const batch of batches) {
            const entries = batch.map(([key, bytes]) => [key, filled(bytes, seed++)] as const);
            await log.append(entries);
            for (const [key, value] of entries) model.set(key, [...(model.get(key) ?? []), value]);
          }
          const seen = new Set<string>();
          for await (const [key, value] of log.entries()) {
            seen.add(key);
            expect(Buffer.concat(model.get(key) ?? []).equals(value)).toBe(true);
          }
          expect([...seen].sort()).toEqual([...model.keys()].sort());
          const got = await log.get([...model.keys()]);
          [...model.values()].forEach((parts, i) => {
            expect(Buffer.concat(parts).equals(got[i] as Uint8Array)).toBe(true);
          });
          for (const [key, parts] of model) {
            const streamed = [];
            for await (const part of log.stream(key)) streamed.push(part);
            expect(Buffer.concat(streamed).equals(Buffer.concat(parts))).toBe(true);
            for (const part of streamed) expect(part.length).toBeLessThanOrEqual(1 << 20);
          }
          await log.close();
        },
      ),
      { numRuns: 25 },
    );
  });

  it('of keys in no order of their batches come back whole', async () => {
    const log = Log(directory());
    const keys = Array.from({ length: 200 }, (_, i) => `key ${i}`);
    const model = new Map(keys.map((key) => [key, [] as Uint8Array[]]));
    for (let call = 0; call < 50; call++) {
      const shuffled = keys
        .map((key, i) => [key, (i * 7919 + call * 104_729) % 1009] as const)
        .sort((a, b) => a[1] - b[1])
        .slice(0, 150);
      await log.append(shuffled.map(([key, order]) => [key, filled(order, call)] as const));
      for (const [key, order] of shuffled) model.get(key)?.push(filled(order, call));
    }
    for await (const [key, value] of log.entries()) {
      expect(Buffer.concat(model.get(key) ?? []).equals(value)).toBe(true);
    }
    const some = keys.filter((_, i) => i % 3 === 0).reverse();
    const got = await log.get(some);
    some.forEach((key, i) => {
      expect(Buffer.concat(model.get(key) ?? []).equals(got[i] as Uint8Array)).toBe(true);
    });
    await log.close();
  });

  it.each([
    ['short', 20_000],
    ['long', 200_000],
  ])('in %s blocks are not concerned by damage next to them', async (_, length) => {
    const path = directory();
    const log = Log(path);
    const [before, hit, after] = [filled(length, 1), filled(length, 2), filled(length, 3)];
    await log.append({ before, hit, after });
    const name = readdirSync(path).find((file) => file.endsWith('.log')) as string;
    const bytes = readFileSync(join(path, name));
    const at = bytes.length - length * 1.5;
    bytes[at] = (bytes[at] as number) ^ 1;
    writeFileSync(join(path, name), bytes);
    expect(await log.get(['before', 'after'])).toEqual([before, after]);
    await expect(log.get('hit')).rejects.toBeInstanceOf(CorruptError);
    await expect(log.get(['before', 'hit'])).rejects.toMatchObject({ path: join(path, name) });
    const { lost } = await log.repair();
    expect(lost).toEqual(['hit']);
    expect(await log.get(['before', 'hit', 'after'])).toEqual([before, new Uint8Array(0), after]);
    await log.close();
  });
});

function filled(bytes: number, seed: number): Uint8Array {
  const value = new Uint8Array(bytes);
  for (let i = 0; i < bytes; i += 61) value[i] = i / 61 + seed;
  return value;
}
