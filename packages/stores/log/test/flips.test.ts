import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { CorruptError } from '@spillway/core';
import { Log, type LogStore } from '../src/index.js';
import { KEYS, numbersIn } from './batches.js';
import { copyOf, smallLog } from './place.js';

const BATCHES = 2;

describe('any bit of a small log flipped', () => {
  it('while its writer is at it is an error that names the place', async () => {
    const { path, name, bytes } = await smallLog(BATCHES, false);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const outcome = await contentsFlipped(path, name, bit);
      expect(outcome).toBeInstanceOf(CorruptError);
      expect((outcome as CorruptError).path).toBe(join(path, name));
    }
  });

  it('after it was closed is an error that names the place, or changes nothing', async () => {
    const { path, name, bytes } = await smallLog(BATCHES, true);
    const whole = await contents(path);
    let harmless = 0;
    for (let bit = 0; bit < bytes.length * 8; bit += 3) {
      const outcome = await contentsFlipped(path, name, bit);
      if (outcome instanceof CorruptError) expect(outcome.path).toBe(join(path, name));
      else expect({ bit, outcome }).toEqual({ bit, outcome: whole });
      // What the hint has as well doesn't matter until the hint is gone.
      if (!(outcome instanceof Error)) harmless++;
    }
    expect(harmless).toBeGreaterThan(0);
    expect(harmless).toBeLessThan((bytes.length * 8) / 3);
  });

  it.each(['hint', 'roster'])('in its %s changes nothing', async (which) => {
    const { path } = await smallLog(BATCHES, true);
    const whole = await contents(path);
    const name = readdirSync(path).find((file) => file.endsWith(which)) as string;
    const { length } = readFileSync(join(path, name));
    for (let bit = 0; bit < length * 8; bit += 3) {
      expect({ bit, outcome: await contentsFlipped(path, name, bit) }).toEqual({
        bit,
        outcome: whole,
      });
    }
  });

  it('is found by verify, and repair keeps all but what it hit', async () => {
    const { path, name, bytes } = await smallLog(BATCHES, false);
    for (let at = 0; at < bytes.length; at += 3) {
      const copy = copyOf(path);
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] as number) ^ (1 << (at & 7));
      writeFileSync(join(copy, name), flipped);
      const log = Log(copy);
      const damage = await log.verify();
      expect(damage).toHaveLength(1);
      const [{ path: file, offset, bytes: length } = { path: '', offset: 0, bytes: 0 }] = damage;
      expect(file).toBe(join(copy, name));
      expect({ at, within: offset <= at && at < offset + length }).toEqual({ at, within: true });
      await log.repair();
      expect(await log.verify()).toEqual([]);
      expect(readFileSync(join(copy, 'damaged', name)).equals(flipped)).toBe(true);
      await expectMost(log);
      await log.close();
    }
  });
});

/** What a log with one bit flipped gives, or its error. The bit is as before then. */
async function contentsFlipped(path: string, name: string, bit: number): Promise<unknown> {
  const bytes = readFileSync(join(path, name));
  const flip = () => {
    bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
    writeFileSync(join(path, name), bytes);
  };
  flip();
  const outcome = await contents(path).catch((error: unknown) => error);
  flip();
  return outcome;
}

/** Everything that can be read of a log, by every call. */
async function contents(path: string) {
  const log = Log(path);
  try {
    const keys = [];
    for await (const key of log.keys()) keys.push(key);
    const entries = [];
    for await (const [key, value] of log.entries()) entries.push([key, numbersIn(value)]);
    const values = (await log.get(KEYS)).map(numbersIn);
    return { keys, entries, values };
  } finally {
    await log.close();
  }
}

/** Whatever is there is as it was written; one flip takes a record at most, or the keys that it names. */
async function expectMost(log: LogStore): Promise<void> {
  const found = (await log.get(KEYS)).flatMap(numbersIn);
  for (const { writer, number } of found) {
    expect(writer).toBe(1);
    expect(number).toBeLessThan(BATCHES);
  }
}
