import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect } from '@jest/globals';
import { frame, splitFrames } from '@spillway/core';
import { itWithPython } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import { Blosc, type BloscOptions } from '../src/index.js';

/** What many lengths and types of elements look like: counters, floats, noise. */
const VALUES = [0, 1, 127, 128, 1000, 70_001, 300_007, 2_200_000].map((length) => {
  const numbers = Float64Array.from({ length: Math.ceil(length / 8) }, (_, i) =>
    i % 3 ? i * 1.5 : Math.floor(i / 7),
  );
  return new Uint8Array(numbers.buffer).subarray(0, length);
});

const WRITE = `
import blosc, itertools, os, sys
path = sys.argv[1]
n = 0
for i in range(int(sys.argv[2])):
    raw = open(os.path.join(path, 'raw%d' % i), 'rb').read()
    for typesize, shuffle, cname, clevel in itertools.product((1, 3, 4, 8, 20), (0, 1, 2), ('blosclz', 'lz4', 'lz4hc', 'zlib'), (5,)):
        with open(os.path.join(path, 'chunk%d' % n), 'wb') as f: f.write(blosc.compress(raw, typesize, clevel, shuffle, cname))
        n += 1
    print(n)
`;

const READ = `
import blosc, os, sys
path = sys.argv[1]
for name in sorted(os.listdir(path)):
    if name.startswith('ours'):
        raw = open(os.path.join(path, 'raw' + name.split('-')[1]), 'rb').read()
        assert blosc.decompress(open(os.path.join(path, name), 'rb').read()) == raw, name
print('same')
`;

describe('chunks of Blosc', () => {
  const inDirectory = async (work: (path: string) => Promise<void>) => {
    const path = mkdtempSync(join(tmpdir(), 'spillway-blosc-'));
    try {
      for (const [i, value] of VALUES.entries()) writeFileSync(join(path, `raw${i}`), value);
      await work(path);
    } finally {
      rmSync(path, { recursive: true, force: true });
    }
  };

  itWithPython(['blosc'], 'are read as Python writes them, with every shuffle', (python) =>
    inDirectory(async (path) => {
      const counts = python(WRITE, path, `${VALUES.length}`).trim().split('\n').map(Number);
      await using inner = Dict();
      const store = Blosc(inner);
      for (let n = 0, i = 0; i < VALUES.length; i++) {
        for (; n < (counts[i] as number); n++) {
          await inner.set({ k: frame(readFileSync(join(path, `chunk${n}`))) });
          if (Buffer.compare(await store.get('k'), VALUES[i] as Uint8Array) !== 0)
            throw new Error(`chunk ${n} of value ${i} is read as other bytes`);
        }
      }
      expect(counts.at(-1)).toBe(VALUES.length * 5 * 3 * 4);
    }),
  );

  itWithPython(['blosc'], 'are read by Python, with every shuffle', (python) =>
    inDirectory(async (path) => {
      const options: BloscOptions[] = [1, 2, 3, 4, 8, 255].flatMap((typesize) =>
        (['none', 'byte', 'bit'] as const).map((shuffle) => ({ typesize, shuffle })),
      );
      options.push({ level: 0 }, { level: 1 }, { level: 9 });
      for (const [n, option] of options.entries()) {
        await using inner = Dict();
        const store = Blosc(inner, option);
        // All together, so that large ones go to the thread pool; then each alone.
        await store.append(VALUES.map((value, i) => [`${i}`, value]));
        if (n % 7 === 0)
          for (const [i, value] of VALUES.entries()) await store.append({ [i]: value });
        for (const [i, value] of VALUES.entries()) {
          const whole = await store.get(`${i}`);
          expect(Buffer.compare(whole.subarray(0, value.length), value)).toBe(0);
          for (const [part, chunk] of splitFrames(await inner.get(`${i}`), 'k').entries())
            writeFileSync(join(path, `ours-${i}-${n}-${part}`), chunk);
        }
      }
      expect(python(READ, path)).toBe('same\n');
    }),
  );
});
