import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Log, type LogStore } from '../src/index.js';
import { batch, batchesIn, randomFrom } from './batches.js';
import { directory } from './place.js';

describe('compaction', () => {
  it('gives the space of what is deleted or replaced back, and changes nothing else', async () => {
    const path = directory();
    const log = Log(path, { segmentBytes: 20_000 });
    const random = randomFrom(5);
    const model = new Map<string, number[]>();
    for (let i = 0; i < 400; i++) {
      const key = `k${Math.floor(random() * 20)}`;
      const roll = random();
      if (roll < 0.6) {
        await log.append({ [key]: bytes(i) });
        model.set(key, [...(model.get(key) ?? []), i]);
      } else if (roll < 0.8) {
        await log.set({ [key]: bytes(i) });
        model.set(key, [i]);
      } else {
        await log.delete(key);
        model.delete(key);
      }
      if (i % 57 === 0) await log.compact();
      if (i % 40 === 0) await expectModel(log, model);
    }
    await log.compact();
    await expectModel(log, model);
    const live = [...model.values()].flat().reduce((sum, i) => sum + bytes(i).length, 0);
    expect(sizeOf(path)).toBeLessThan(live * 1.6 + 5000);
    await log.close();
    const again = Log(path);
    await expectModel(again, model);
    expect(await again.verify()).toEqual([]);
    await again.close();
  });

  it('happens by itself once half of the values are dead', async () => {
    const path = directory();
    const log = Log(path, { segmentBytes: 50_000 });
    for (let i = 0; i < 300; i++) {
      await log.set({ a: new Uint8Array(2000).fill(i) });
      await log.get('a');
    }
    while (sizeOf(path) > 200_000) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      await log.get('a');
    }
    expect(await log.get('a')).toEqual(new Uint8Array(2000).fill(299));
    await log.close();
  });

  it('makes few files of many small ones', async () => {
    const path = directory();
    for (let i = 0; i < 30; i++) {
      const log = Log(path);
      await log.append(batch(1, i));
      await log.close();
    }
    expect(segmentsIn(path)).toBe(30);
    const log = Log(path);
    await log.compact();
    expect(segmentsIn(path)).toBe(1);
    expect(await batchesIn(log, 1)).toBe(30);
    await log.close();
  });

  it('leaves other handles and their order of appends as they were', async () => {
    const path = directory();
    const [first, second] = [Log(path, { segmentBytes: 3000 }), Log(path, { segmentBytes: 3000 })];
    for (let i = 0; i < 60; i++) {
      const [log, other] = i % 3 === 0 ? [first, second] : [second, first];
      await log.append({ both: Uint8Array.of(i), [`gone ${i}`]: new Uint8Array(300) });
      if (i % 5 === 0) await other.delete(`gone ${i}`);
      if (i % 20 === 7) await other.compact();
      expect(await other.get('both')).toEqual(Uint8Array.from({ length: i + 1 }, (_, n) => n));
    }
    await Promise.all([
      first.compact(),
      second.compact(),
      first.append({ both: Uint8Array.of(60) }),
    ]);
    expect(await second.get('both')).toEqual(Uint8Array.from({ length: 61 }, (_, n) => n));
    await first.close();
    await second.close();
  });

  it('takes nothing from a stream that has begun', async () => {
    const log = Log(directory(), { segmentBytes: 500_000 });
    for (let i = 0; i < 30; i++) {
      await log.append({ a: new Uint8Array(100_000).fill(i), dead: new Uint8Array(100_000) });
    }
    const parts = log.stream('a');
    let length = (await parts.next()).value?.length ?? 0;
    await log.delete('dead');
    await log.compact();
    await log.delete('a');
    await log.compact();
    for await (const part of parts) {
      for (const byte of [0, part.length - 1]) {
        expect(part[byte]).toBe(Math.floor((length + byte) / 100_000));
      }
      length += part.length;
    }
    expect(length).toBe(3_000_000);
    await log.close();
  });

  it('keeps what hides the dead of a segment that it leaves alone', async () => {
    const path = directory();
    const log = Log(path, { segmentBytes: 100_000 });
    await log.append({ gone: new Uint8Array(5000), kept: new Uint8Array(96_000) });
    await log.append({ first: new Uint8Array(10) });
    await log.delete('gone');
    for (let i = 0; i < 40; i++) {
      await log.set({ often: new Uint8Array(10_000).fill(i) });
      expect(await log.has('gone')).toBe(false);
    }
    const before = sizeOf(path);
    while (sizeOf(path) > before / 2) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      expect(await log.has('gone')).toBe(false);
    }
    expect(sizeOf(path)).toBeGreaterThan(101_000);
    await log.close();
    const again = Log(path);
    expect(await again.has('gone')).toBe(false);
    await again.compact();
    expect(await again.has('gone')).toBe(false);
    expect(sizeOf(path)).toBeLessThan(120_000);
    await again.close();
  });

  it('lets a writer whose segment it finished go on in another', async () => {
    const path = directory();
    const [first, second] = [Log(path), Log(path)];
    await first.append({ a: Uint8Array.of(1) });
    await second.compact();
    await first.append({ a: Uint8Array.of(2) });
    expect(await second.get('a')).toEqual(Uint8Array.of(1, 2));
    const third = Log(path);
    expect(await third.get('a')).toEqual(Uint8Array.of(1, 2));
    for (const log of [first, second, third]) await log.close();
  });

  it('keeps keys without bytes', async () => {
    const log = Log(directory());
    await log.append({ empty: new Uint8Array(0), gone: new Uint8Array(0), a: new Uint8Array(9) });
    await log.delete(['gone', 'a']);
    await log.compact();
    expect([await log.has('empty'), await log.has('gone')]).toEqual([true, false]);
    await log.close();
  });
});

async function expectModel(log: LogStore, model: ReadonlyMap<string, number[]>): Promise<void> {
  const keys = [];
  for await (const [key, value] of log.entries()) {
    keys.push(key);
    const expected = (model.get(key) ?? []).map(bytes);
    expect(Buffer.compare(value, Buffer.concat(expected))).toBe(0);
  }
  expect(keys.sort()).toEqual([...model.keys()].sort());
}

function bytes(i: number): Uint8Array {
  return new Uint8Array(50 + ((i * 7919) % 900)).fill(i);
}

function segmentsIn(path: string): number {
  return readdirSync(path).filter((name) => name.endsWith('.log')).length;
}

function sizeOf(path: string): number {
  return readdirSync(path).reduce((sum, name) => sum + statSync(join(path, name)).size, 0);
}
