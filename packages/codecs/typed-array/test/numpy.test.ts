import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect } from '@jest/globals';
import { CorruptError, SchemaError } from '@spillway/core';
import { itWithPython } from '@spillway/core/conformance';
import { File } from '@spillway/file';
import { Snappy } from '@spillway/snappy';
import { BoolArray, datetime64, type NumericArray, TypedArray, timedelta64 } from '../src/index.js';

/** One array of each dtype, as JavaScript and as Python writes it. */
const samples: readonly (readonly [dtype: string, array: NumericArray, python: string])[] = [
  ['|i1', Int8Array.of(-128, 0, 127), '[-128, 0, 127]'],
  ['|u1', Uint8Array.of(0, 1, 255), '[0, 1, 255]'],
  ['<i2', Int16Array.of(-32768, 1), '[-32768, 1]'],
  ['<u2', Uint16Array.of(65535, 1), '[65535, 1]'],
  ['<i4', Int32Array.of(-(2 ** 31), 7), '[-2**31, 7]'],
  ['<u4', Uint32Array.of(2 ** 32 - 1, 7), '[2**32 - 1, 7]'],
  ['<i8', BigInt64Array.of(-(2n ** 63n), 7n), '[-2**63, 7]'],
  ['<u8', BigUint64Array.of(2n ** 64n - 1n, 7n), '[2**64 - 1, 7]'],
  ['<f4', Float32Array.of(0.5, -1.25, Number.NaN), '[0.5, -1.25, float("nan")]'],
  ['<f8', Float64Array.of(0.1, -1e300, Number.POSITIVE_INFINITY), '[0.1, -1e300, float("inf")]'],
  ['|b1', BoolArray.of(1, 0, 1), '[True, False, True]'],
  ['<M8[ms]', new (datetime64('ms'))([0n, 1n, -(2n ** 63n)]), '[0, 1, -2**63]'],
  ['<M8[25s]', new (datetime64('25s'))([3n]), '[3]'],
  ['<m8[ns]', new (timedelta64('ns'))([5n, -5n]), '[5, -5]'],
];

const PYTHON = `
import sys
import numpy as np
from partd import File, Numpy, Snappy
path, layer = sys.argv[1:3]
store = Numpy(Snappy(File(path)) if layer == 'snappy' else File(path))
`;

const WRITE = `${PYTHON}
for name, dtype, values in (${samples.map(([dtype, , values], i) => `('k${i}', '${dtype}', ${values})`).join(', ')}):
    base = '<i8' if dtype[1] in 'Mm' else dtype
    array = np.array(values, base).view(dtype)
    assert array.dtype.str == dtype, array.dtype.str
    store.append({name: array})
    store.append({name: array[:1]})
store.append({'a/b': np.arange(3.0)})
`;

const READ = `${PYTHON}
for name, dtype, values in (${samples.map(([dtype, , values], i) => `('k${i}', '${dtype}', ${values})`).join(', ')}):
    base = '<i8' if dtype[1] in 'Mm' else dtype
    expected = np.array(values + values[:1], base).view(dtype)
    array = store.get(name)
    assert array.dtype.str == dtype, (array.dtype.str, dtype)
    assert array.tobytes() == expected.tobytes(), (array, expected)
print('alike')
`;

describe.each(['file', 'snappy'])("Python's partd.Numpy over %s", (layer) => {
  let path: string;
  const open = () => TypedArray(layer === 'snappy' ? Snappy(File(path)) : File(path));

  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), 'spillway-numpy-'));
  });
  afterEach(() => rm(path, { recursive: true, force: true }));

  itWithPython(['numpy', 'partd', 'snappy'], 'reads what we write', async (python) => {
    {
      await using store = open();
      await store.append(samples.map(([, array], i) => [`k${i}`, array] as const));
      await store.append(samples.map(([, array], i) => [`k${i}`, array.subarray(0, 1)] as const));
    }
    expect(python(READ, path, layer)).toBe('alike\n');
  });

  itWithPython(['numpy', 'partd', 'snappy'], 'writes what we read', async (python) => {
    python(WRITE, path, layer);
    await using store = open();
    for (const [i, [dtype, array]] of samples.entries()) {
      const stored = await store.get(`k${i}`);
      expect(await store.dtype(`k${i}`)).toBe(dtype);
      expect(Object.getPrototypeOf(stored)).toBe(Object.getPrototypeOf(array));
      expect([...stored]).toEqual([...array, array[0]]);
    }
    expect(await store.get('a/b')).toEqual(Float64Array.of(0, 1, 2));
    const keys: string[] = [];
    for await (const key of store.keys()) keys.push(key);
    expect(keys.sort()).toEqual(['a/b', ...samples.map((_, i) => `k${i}`)].sort());
  });

  itWithPython(
    ['numpy', 'partd', 'snappy'],
    'appends to what we began, and we to that',
    async (python) => {
      {
        await using store = open();
        await store.append({ k: Float64Array.of(1) });
      }
      python(`${PYTHON}\nstore.append({'k': np.array([2.0])})`, path, layer);
      {
        await using store = open();
        await store.append({ k: Float64Array.of(3) });
        expect(await store.get('k')).toEqual(Float64Array.of(1, 2, 3));
      }
      expect(python(`${PYTHON}\nprint(store.get('k').tolist())`, path, layer)).toBe(
        '[1.0, 2.0, 3.0]\n',
      );
    },
  );

  itWithPython(['numpy', 'partd', 'snappy'], 'writes dtypes that are refused', async (python) => {
    const arrays = {
      object: 'np.array(["text", None], dtype=object)',
      big: 'np.array([1, 2], ">i4")',
      half: 'np.array([1.5], "<f2")',
      complex: 'np.array([1j])',
      text: 'np.array(["text"])',
      record: 'np.array([(1, 2.0)], [("a", "<i4"), ("b", "<f8")])',
    };
    const appends = Object.entries(arrays).map(
      ([name, array]) => `store.append({'${name}': ${array}})`,
    );
    python(`${PYTHON}\n${appends.join('\n')}`, path, layer);
    await using store = open();
    const messages = {
      object: 'Python objects (dtype |O)',
      big: 'big-endian elements (dtype >i4)',
      half: 'dtype <f2',
      complex: 'dtype <c16',
      text: 'dtype <U4',
      record: 'dtype |V12',
    };
    for (const [name, message] of Object.entries(messages)) {
      for (const read of [
        () => store.get(name),
        () => store.pop(name),
        () => store.stream(name).next(),
      ]) {
        const error = await read().catch((reason: unknown) => reason);
        expect(error).toBeInstanceOf(SchemaError);
        expect(error).toMatchObject({ key: name, message: expect.stringContaining(message) });
      }
      expect(await store.has(name)).toBe(true);
      await expect(store.append({ [name]: Int8Array.of(1) })).rejects.toBeInstanceOf(SchemaError);
    }
  });

  itWithPython(
    ['numpy', 'partd', 'snappy'],
    'writes bytes that are no whole elements, which are refused',
    async (python) => {
      python(
        `${PYTHON}\nstore.append({'k': np.array([1.0])})\nstore.partd.append({'k': b'abc'})`,
        path,
        'file',
      );
      await using store = TypedArray(File(path));
      await expect(store.get('k')).rejects.toBeInstanceOf(CorruptError);
      await expect(store.get('k')).rejects.toMatchObject({ key: 'k', offset: 8 });
    },
  );
});
