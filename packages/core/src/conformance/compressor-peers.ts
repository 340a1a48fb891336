import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { type CompressorSubject, SAMPLES, same } from './compressor-subject.js';
import { itWithPython } from './python.js';

/** What a compressor writes, Python reads, and the reverse. */
export function peers({
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
