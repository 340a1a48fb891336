import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { CompressorOptions } from '../compressor.js';
import { CorruptError, SchemaError, TooLargeError } from '../errors.js';
import { frame, splitFrames } from '../frame.js';
import { FUZZER } from './compressor-fuzzer.js';
import { largeValues } from './compressor-large.js';
import { peers } from './compressor-peers.js';
import { type CompressorSubject, SAMPLES, same } from './compressor-subject.js';
import { pseudoRandomBytes } from './values.js';

/** The cases that every compressor must pass, besides those of every store. */
export function compressorSuite(subject: CompressorSubject): void {
  describe(`${subject.name} as a compressor`, () => {
    wholeValues(subject);
    damagedFrames(subject);
    largeValues(subject);
    peers(subject);
  });
}

function wholeValues({ make, memory }: CompressorSubject): void {
  it.each(Object.entries(SAMPLES))('gives back %s', async (_, bytes) => {
    await using store = make(memory());
    await store.append({ once: bytes });
    await store.append([
      ['twice', bytes],
      ['other', Uint8Array.of(1)],
      ['twice', bytes],
    ]);
    expect(same(await store.get('once'), bytes)).toBe(true);
    expect(same(await store.get('twice'), Buffer.concat([bytes, bytes]))).toBe(true);
  });

  it('reads only its own part of a larger memory, and keeps none of it', async () => {
    const memoryOfCaller = pseudoRandomBytes(2, 10_000);
    const value = memoryOfCaller.subarray(3000, 4000);
    const expected = Uint8Array.from(value);
    await using store = make(memory());
    await store.append({ a: value });
    memoryOfCaller.fill(0);
    expect(same(await store.get('a'), expected)).toBe(true);
  });

  it('joins a thousand small appends, compressed one by one', async () => {
    await using inner = memory();
    const store = make(inner);
    for (let i = 0; i < 1000; i++) await store.append({ a: pseudoRandomBytes(i, 50) });
    expect(splitFrames(await inner.get('a'), 'a').length).toBe(1000);
    const expected = Buffer.concat(
      Array.from({ length: 1000 }, (_, i) => pseudoRandomBytes(i, 50)),
    );
    expect(same(await store.get('a'), expected)).toBe(true);
  });

  it('gives small values memory of their own size', async () => {
    await using store = make(memory());
    for (const length of [1, 100, 5000, 70_000]) {
      await store.set({ a: new Uint8Array(length).fill(5) });
      expect((await store.get('a')).buffer.byteLength).toBeLessThanOrEqual(2 * length);
    }
  });

  it('refuses values past maxDecodedBytes, before anything is written', async () => {
    await using inner = memory();
    const store = make(inner, { maxDecodedBytes: 1000 });
    await store.append({ a: new Uint8Array(1000) });
    const refused = store.append({ b: new Uint8Array(1), a: new Uint8Array(1001) });
    await expect(refused).rejects.toThrow(SchemaError);
    await expect(refused).rejects.toMatchObject({
      key: 'a',
      cause: { constructor: TooLargeError, wanted: 1001 },
    });
    expect((await store.get('a')).length).toBe(1000);
    expect(await store.has('b')).toBe(false);
  });

  it('carries its options in its spec, where they differ from the defaults', async () => {
    await using inner = memory();
    expect(String(make(inner))).not.toContain('{');
    expect(String(make(inner, { maxDecodedBytes: 5 }))).toContain('{"maxDecodedBytes":5}');
  });

  it('refuses a maxDecodedBytes that is no size', async () => {
    await using inner = memory();
    for (const maxDecodedBytes of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => make(inner, { maxDecodedBytes })).toThrow(TypeError);
    }
  });
}

function damagedFrames({ name, make, memory, checksum, wrong, built }: CompressorSubject): void {
  const reading = async (payload: Uint8Array, options?: CompressorOptions) => {
    await using inner = memory();
    await inner.append([
      ['k', frame(await compressed(Uint8Array.of(1)))],
      ['k', frame(payload)],
    ]);
    return (await make(inner, options).get('k')).subarray(1);
  };
  const compressed = async (bytes: Uint8Array) => {
    await using inner = memory();
    await make(inner).append({ k: bytes });
    return Uint8Array.from(splitFrames(await inner.get('k'), 'k')[0] as Uint8Array);
  };
  /** Fails unless a payload is refused, or without a checksum decodes to something of a likely size. */
  const expectRefusal = async (payload: Uint8Array, original: Uint8Array) => {
    try {
      const bytes = await reading(payload);
      expect(checksum ? same(bytes, original) : bytes.length <= 1100 * payload.length).toBe(true);
    } catch (error) {
      expect(error).toBeInstanceOf(CorruptError);
      expect(error).toMatchObject({ key: 'k', frame: 1 });
    }
  };

  it.each(Object.entries(wrong))('refuses a frame with %s', async (_, payload) => {
    const refused = reading(payload);
    await expect(refused).rejects.toThrow(CorruptError);
    await expect(refused).rejects.toMatchObject({ key: 'k', frame: 1 });
    await expect(refused).rejects.toThrow(`frame 1 of key "k" is no ${name} frame`);
  });

  it('refuses a bomb when it goes off, not when it is through', async () => {
    const bomb = await compressed(new Uint8Array(20_000_000));
    await expect(reading(bomb, { maxDecodedBytes: 100_000 })).rejects.toThrow(CorruptError);
    expect((await reading(bomb)).length).toBe(20_000_000);
  });

  it('refuses a payload cut off anywhere', async () => {
    const payload = await compressed(SAMPLES.text as Uint8Array);
    for (let length = 0; length < payload.length; length++) {
      await expect(reading(payload.subarray(0, length))).rejects.toThrow(CorruptError);
    }
  });

  it('refuses changed payloads, as far as the format lets it', async () => {
    const payload = await compressed(SAMPLES.text as Uint8Array);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(payload.length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (at, flip) => {
          const changed = Uint8Array.from(payload);
          changed[at] = (changed[at] as number) ^ flip;
          await expectRefusal(changed, SAMPLES.text as Uint8Array);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('refuses foreign bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), (bytes) => expectRefusal(bytes, bytes)),
      { numRuns: 500 },
    );
  });

  if (built !== undefined) {
    it('survives damaged frames in a process of its own, in little memory', () => {
      const printed = execFileSync(
        built.node ?? process.execPath,
        ['--input-type=module', '-e', FUZZER, name, built.memory],
        {
          cwd: built.folder,
          encoding: 'utf8',
        },
      );
      const { small, large, peak } = JSON.parse(printed);
      expect(small.refused + small.read).toBe(20_000);
      expect(small.refused).toBeGreaterThan(3000);
      expect(large.refused + large.read).toBe(300);
      expect(large.refused).toBeGreaterThan(30);
      expect(peak).toBeLessThan(500_000);
    });
  }
}
