import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { concatBytes } from '@spillway/core';
import { itWithPython } from '@spillway/core/conformance';
import { BoolArray, datetime64, type NumericArray, npyFile, timedelta64 } from '../src/index.js';

const dump = (array: NumericArray) => concatBytes([npyFile.dump(array)].flat());

const streamOf = npyFile.stream as NonNullable<typeof npyFile.stream>;

async function* cut(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array, void, void> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

async function arrayOf<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const each of source) all.push(each);
  return all;
}

const arrays: NumericArray[] = [
  ...[Int8Array, Uint8Array, Int16Array, Uint16Array, Int32Array, Uint32Array].map((Class) =>
    Class.of(1, -2, 3),
  ),
  ...[Float32Array.of(0.5, -0, Number.NaN), Float64Array.of(Math.PI, Number.POSITIVE_INFINITY)],
  ...[BigInt64Array.of(-1n, 2n ** 62n), BigUint64Array.of(2n ** 64n - 1n), new Float64Array(0)],
  ...[BoolArray.of(0, 1, 1), new (datetime64('ms'))([5n]), new (timedelta64('25s'))([-3n])],
  new Float64Array(100_000).map((_, i) => i / 7),
];

describe('npyFile', () => {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-npy-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('gives back what it was given, as an array over the bytes', () => {
    for (const array of arrays) {
      const bytes = dump(array);
      const back = npyFile.load(bytes);
      expect(back).toStrictEqual(array);
      expect(back.constructor).toBe(array.constructor);
      expect(back.buffer).toBe(bytes.buffer);
    }
    expect(npyFile.load(dump(Uint8ClampedArray.of(300)))).toEqual(Uint8Array.of(255));
  });

  it('is read in parts, however its bytes are cut', async () => {
    for (const array of arrays.slice(0, -1)) {
      const bytes = dump(array);
      for (const size of [1, 5, 13, 128, bytes.length]) {
        const parts = await arrayOf(streamOf(cut(bytes, size)));
        expect(parts.every((part) => part.constructor === array.constructor)).toBe(true);
        expect(parts.flatMap((part) => [...part])).toEqual([...array]);
      }
    }
  });

  it('is not read in parts when it is cut off, or goes on', async () => {
    const bytes = dump(Float64Array.of(1, 2));
    for (const end of [0, 5, 11, 100, bytes.length - 8, bytes.length - 1]) {
      await expect(arrayOf(streamOf(cut(bytes.subarray(0, end), 7)))).rejects.toThrow();
    }
    const longer = concatBytes([bytes, bytes.subarray(0, 8)]);
    await expect(arrayOf(streamOf(cut(longer, 7)))).rejects.toThrow('24 bytes of elements');
  });

  itWithPython(['numpy'], 'writes what NumPy reads, and the reverse', async (python) => {
    const names = arrays.map((array, i) => {
      writeFileSync(join(folder, `${i}.npy`), dump(array));
      return join(folder, `${i}.npy`);
    });
    const program = `
import numpy, sys
for name in sys.argv[1:]:
    array = numpy.load(name)
    assert array.flags.c_contiguous and array.ndim == 1
    numpy.save(name, array)
    print(array.dtype.str, len(array))
with open(sys.argv[1] + '.v2', 'wb') as f:
    numpy.lib.format.write_array(f, numpy.array([1.5, 2.5]), version=(2, 0))
with open(sys.argv[1] + '.0d', 'wb') as f:
    numpy.lib.format.write_array(f, numpy.array(7.5))
`;
    const seen = python(program, ...names)
      .trim()
      .split('\n');
    expect(seen.slice(0, 4)).toEqual(['|i1 3', '|u1 3', '<i2 3', '<u2 3']);
    for (const [i, name] of names.entries()) {
      expect(npyFile.load(new Uint8Array(readFileSync(name)))).toStrictEqual(arrays[i]);
    }
    const load = (name: string) => npyFile.load(new Uint8Array(readFileSync(name)));
    expect(load(`${names[0]}.v2`)).toEqual(Float64Array.of(1.5, 2.5));
    expect(load(`${names[0]}.0d`)).toEqual(Float64Array.of(7.5));
  });

  itWithPython(['numpy'], 'says what of NumPy it can’t read', async (python) => {
    const program = `
import numpy, sys
numpy.save(sys.argv[1], eval(sys.argv[2], {'n': numpy}))
`;
    const cases = {
      'n.zeros((2, 3))': /shape is \(2, 3\)/,
      'n.asfortranarray(n.zeros((2, 3)))': /order of Fortran/,
      'n.zeros(2, dtype=">f8")': /dtype >f8/,
      'n.zeros(2, dtype="c16")': /dtype <c16/,
      'n.zeros(2, dtype=[("a", "i4")])': /structures/,
    };
    for (const [expression, message] of Object.entries(cases)) {
      python(program, join(folder, 'x.npy'), expression);
      const bytes = new Uint8Array(readFileSync(join(folder, 'x.npy')));
      expect(() => npyFile.load(bytes)).toThrow(message);
    }
  });

  it('refuses what is torn, foreign or goes on', () => {
    const bytes = dump(Float64Array.of(1, 2));
    for (const end of [0, 5, 9, 11, 40, 127, bytes.length - 1]) {
      expect(() => npyFile.load(bytes.slice(0, end))).toThrow();
    }
    expect(() => npyFile.load(concatBytes([bytes, Uint8Array.of(0)]))).toThrow('17 bytes');
    expect(() => npyFile.load(new Uint8Array(200))).toThrow('no .npy file');
    for (const value of [[1], '1', new DataView(new ArrayBuffer(8)), undefined]) {
      expect(() => npyFile.dump(value as unknown as NumericArray)).toThrow(TypeError);
    }
  });
});
