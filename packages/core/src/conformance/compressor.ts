import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { CompressorOptions } from '../compressor.js';
import { CorruptError, SchemaError, TooLargeError } from '../errors.js';
import { frame, splitFrames } from '../frame.js';
import type { Store } from '../store.js';
import { itWithPython } from './python.js';
import { pseudoRandomBytes } from './values.js';

/** A compressor under test. */
export interface CompressorSubject {
  readonly name: string;
  readonly make: (store: Store, options?: CompressorOptions) => Store;
  /** Makes a store of bytes in memory. */
  readonly memory: () => Store;
  /** Whether the format has a checksum, so that no changed bit goes unnoticed. */
  readonly checksum: boolean;
  /** Payloads that must be refused, by what is wrong with them. */
  readonly wrong: { readonly [what: string]: Uint8Array };
  /** What a fuzzer in a process of its own works on. */
  readonly built?: {
    /** The folder of the package, whose build exports the layer by its {@link name}. */
    readonly folder: string;
    /** The package, one that it has installed, that exports `Dict`. */
    readonly memory: string;
  };
  /** The same format in Python: the module, and its functions from bytes to bytes. */
  readonly python: {
    readonly module: string;
    readonly compress: string;
    readonly decompress: string;
  };
  /** The layer's name in `partd`, where it has one. */
  readonly partd?: string;
}

const SAMPLES: { readonly [what: string]: Uint8Array } = {
  nothing: new Uint8Array(0),
  'one byte': Uint8Array.of(7),
  text: new TextEncoder().encode('{"origin":"SFO","destination":"LAX"},'.repeat(500)),
  'what barely compresses': pseudoRandomBytes(1, 100_000),
  'what compresses best': new Uint8Array(3_000_000),
};

/** The cases that every compressor must pass, besides those of every store. */
export function compressorSuite(subject: CompressorSubject): void {
  describe(`${subject.name} as a compressor`, () => {
    wholeValues(subject);
    damagedFrames(subject);
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
        process.execPath,
        ['--input-type=module', '-e', FUZZER, name, built.memory],
        {
          cwd: built.folder,
          encoding: 'utf8',
        },
      );
      const { refused, read, maxRSS } = JSON.parse(printed);
      expect(refused + read).toBe(30_000);
      expect(refused).toBeGreaterThan(5000);
      expect(maxRSS).toBeLessThan(400_000);
    });
  }
}

function peers({
  name,
  make,
  memory,
  python: { module, compress, decompress },
  partd,
}: CompressorSubject): void {
  const names = Object.keys(SAMPLES).map((_, i) => `k${i}`);
  const samples = Object.fromEntries(Object.values(SAMPLES).map((bytes, i) => [`k${i}`, bytes]));
  const inDirectory = async (work: (path: string) => Promise<void>) => {
    const path = mkdtempSync(join(tmpdir(), 'spillway-peer-'));
    try {
      for (const [name, bytes] of Object.entries(samples))
        writeFileSync(join(path, `${name}.raw`), bytes);
      await work(path);
    } finally {
      rmSync(path, { recursive: true, force: true });
    }
  };
  /** Files of frames as Python's partd.File has them, one a key, read and written by way of a store in memory. */
  const expectReadable = async (path: string) => {
    await using inner = memory();
    await inner.append(names.map((key) => [key, readFileSync(join(path, key))]));
    const values = await make(inner).get(names);
    for (const [i, key] of names.entries()) {
      const raw = samples[key] as Uint8Array;
      expect(same(values[i] as Uint8Array, Buffer.concat([raw, raw]))).toBe(true);
    }
  };
  const write = async (path: string) => {
    await using inner = memory();
    const store = make(inner);
    await store.append(samples);
    await store.append(samples);
    for (const key of names) writeFileSync(join(path, key), await inner.get(key));
  };

  itWithPython([module], `reads and writes the frames of Python's ${module}`, (python) =>
    inDirectory(async (path) => {
      python(`${FRAMES}\nwrite(sys.argv[1], ${compress})`.replace('MODULE', module), path);
      await expectReadable(path);
      await write(path);
      expect(
        python(`${FRAMES}\nread(sys.argv[1], ${decompress})`.replace('MODULE', module), path),
      ).toBe('same\n');
    }),
  );

  if (partd !== undefined) {
    itWithPython(['partd', module], `reads and writes the files of partd.${name}`, (python) =>
      inDirectory(async (path) => {
        python(`${PARTD}\nwrite(partd.${partd}, sys.argv[1])`, path);
        await expectReadable(path);
        await write(path);
        expect(python(`${PARTD}\nread(partd.${partd}, sys.argv[1])`, path)).toBe('same\n');
      }),
    );
  }
}

const SHARED = `
import os, struct, sys
def raws(path):
    for name in sorted(os.listdir(path)):
        if name.endswith('.raw'):
            yield name[:-4], open(os.path.join(path, name), 'rb').read()
`;

const FRAMES = `${SHARED}
import MODULE
def write(path, compress):
    for key, raw in raws(path):
        payload = compress(raw)
        open(os.path.join(path, key), 'wb').write((struct.pack('<Q', len(payload)) + payload) * 2)
def read(path, decompress):
    for key, raw in raws(path):
        data, at, got = open(os.path.join(path, key), 'rb').read(), 0, b''
        while at < len(data):
            length, = struct.unpack('<Q', data[at:at + 8])
            got += decompress(data[at + 8:at + 8 + length])
            at += 8 + length
        assert got == raw * 2, key
    print('same')
`;

const PARTD = `${SHARED}
import partd
def write(layer, path):
    store = layer(partd.File(path))
    for i in range(2):
        store.append({key: raw for key, raw in raws(path)})
def read(layer, path):
    store = layer(partd.File(path))
    for key, raw in raws(path):
        assert store.get(key) == raw * 2, key
    print('same')
`;

/** Reads damaged frames with the built layer, as many as the case says, by a seeded generator. */
const FUZZER = `
import { frame, splitFrames } from '@spillway/core';
const [, name, memory] = process.argv;
const { Dict } = await import(memory);
const { [name]: Layer } = await import('./dist/index.js');
let state = 1;
const random = (below) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
};
const inner = Dict();
const store = Layer(inner);
const payloads = [];
for (let i = 0; i < 50; i++) {
  const bytes = Uint8Array.from({ length: random(3000) }, () => random(i + 2));
  await store.set({ k: bytes });
  payloads.push(splitFrames(Uint8Array.from(await inner.get('k')), 'k')[0]);
}
const counts = { refused: 0, read: 0 };
for (let i = 0; i < 30000; i++) {
  let bytes = Uint8Array.from(payloads[random(payloads.length)]);
  const change = random(4);
  if (change === 0) bytes = bytes.subarray(0, random(bytes.length));
  else if (change === 1) bytes = Uint8Array.from({ length: random(60) }, () => random(256));
  else for (let flips = random(8) + 1; flips > 0; flips--) bytes[random(Math.min(bytes.length, change === 2 ? 8 : 3000))] = random(256);
  await inner.set({ k: frame(bytes) });
  await store.get('k').then(() => counts.read++, (error) => {
    if (error.name !== 'CorruptError') throw error;
    counts.refused++;
  });
}
console.log(JSON.stringify({ ...counts, maxRSS: process.resourceUsage().maxRSS }));
`;

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
