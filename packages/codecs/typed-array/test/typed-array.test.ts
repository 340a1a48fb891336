import { describe, expect, it } from '@jest/globals';
import { CorruptError, SchemaError } from '@spillway/core';
import { Chaos } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import { File } from '@spillway/file';
import { LZ4 } from '@spillway/lz4';
import fc from 'fast-check';
import { toArray } from '../src/elements.js';
import { BoolArray, datetime64, TypedArray, timedelta64 } from '../src/index.js';

async function keysOf(store: { keys(prefix?: string): AsyncIterable<string> }, prefix?: string) {
  const keys: string[] = [];
  for await (const key of store.keys(prefix)) keys.push(key);
  return keys.sort();
}
const ascii = (characters: string) => Uint8Array.from(Buffer.from(characters, 'latin1'));
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe('TypedArray', () => {
  it('keeps the elements and, beside them, what they are', async () => {
    await using inner = Dict();
    const store = TypedArray(inner);
    await store.append({ k: Int16Array.of(1, -2), 'a/b': Float64Array.of(0.5) });
    expect([...(await inner.get('k'))]).toEqual([1, 0, 0xfe, 0xff]);
    expect(text(await inner.get('k.dtype'))).toBe('<i2');
    expect(text(await inner.get('a/b.dtype'))).toBe('<f8');
    expect(await keysOf(store)).toEqual(['a/b', 'k']);
  });

  it('gives one array over the stored bytes, without a copy', async () => {
    await using inner = Dict();
    const store = TypedArray(inner);
    for (let i = 0; i < 10; i++) await store.append({ k: Float64Array.of(i, i + 0.5) });
    const stored = await inner.get('k');
    const array = await store.get('k');
    expect(array.buffer).toBe(stored.buffer);
    expect(array.length).toBe(20);
  });

  it('gives an array over a copy where the bytes are not aligned', () => {
    const elements = BigInt64Array.of(1n, -1n, 2n ** 62n);
    for (let shift = 0; shift < 8; shift++) {
      const moved = Buffer.alloc(24 + shift);
      moved.set(new Uint8Array(elements.buffer), shift);
      expect(toArray(moved.subarray(shift), BigInt64Array)).toEqual(elements);
    }
  });

  it('takes arrays that are views of a part of their memory', async () => {
    await using store = TypedArray(Dict());
    const { buffer } = Int32Array.of(0, 1, 2, 3, 4, 5);
    await store.append({
      k: new Int32Array(buffer, 8, 3),
      shared: new Uint8Array(new SharedArrayBuffer(4), 1, 2),
    });
    expect(await store.get('k')).toEqual(Int32Array.of(2, 3, 4));
    expect(await store.get('shared')).toEqual(Uint8Array.of(0, 0));
  });

  it('gives an absent key as no bytes, and one without elements as none of its class', async () => {
    await using store = TypedArray(Dict());
    await store.append({ none: new Float32Array(0) });
    expect(await store.get(['absent', 'none'])).toEqual([new Uint8Array(0), new Float32Array(0)]);
    expect([await store.dtype('absent'), await store.dtype('none')]).toEqual([undefined, '<f4']);
    expect([await store.has('absent'), await store.has('none')]).toEqual([false, true]);
  });

  it('says of booleans and times what they are', async () => {
    await using store = TypedArray(Dict());
    const Milliseconds = datetime64('ms');
    const dates = new Milliseconds([0n, 86_400_000n]);
    await store.append({
      flags: BoolArray.of(1, 0),
      dates: dates.subarray(1),
      spans: new (timedelta64('D'))([7n]),
      odd: new (timedelta64())(1),
    });
    const flags = await store.get('flags');
    expect(flags).toBeInstanceOf(BoolArray);
    expect(await store.dtype('flags')).toBe('|b1');
    const stored = await store.get('dates');
    expect(stored).toBeInstanceOf(Milliseconds);
    expect(stored).toBeInstanceOf(BigInt64Array);
    expect(stored).toMatchObject({ dtype: '<M8[ms]', unit: 'ms' });
    expect([...stored]).toEqual([86_400_000n]);
    expect(await store.get('spans')).toMatchObject({ dtype: '<m8[D]', unit: 'D' });
    expect(await store.get('odd')).toMatchObject({ dtype: '<m8', unit: undefined });
    await expect(store.append({ dates: BigInt64Array.of(1n) })).rejects.toThrow('<M8[ms]');
    await expect(store.append({ dates: new (datetime64('us'))(1) })).rejects.toThrow('<M8[us]');
  });

  it.each(['', 'm s', 'minutes', '0s', '[ms]', 'ms/3'])('knows no unit %j', (unit) => {
    expect(() => datetime64(unit)).toThrow(TypeError);
  });

  it('replaces the dtype with the value', async () => {
    await using store = TypedArray(Dict());
    await store.append({ k: Float64Array.of(1) });
    await store.set({ k: Int8Array.of(1) });
    expect(await store.get('k')).toEqual(Int8Array.of(1));
    for (const forget of [() => store.delete('k'), () => store.pop('k'), () => store.drop()]) {
      await forget();
      expect(await store.dtype('k')).toBe(undefined);
      await store.append({ k: Uint32Array.of(1) });
      expect(await store.dtype('k')).toBe('<u4');
    }
  });

  it('streams arrays, wherever the pieces of bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 20 }),
        async (cuts) => {
          await using inner = Dict();
          const store = TypedArray(inner);
          const elements = Float64Array.from({ length: 30 }, (_, i) => i / 4);
          await store.append({ k: new Float64Array(0) });
          const bytes = new Uint8Array(elements.buffer);
          let at = 0;
          for (const cut of [...cuts, bytes.length]) {
            await inner.append({ k: bytes.subarray(at, at + cut) });
            at = Math.min(at + cut, bytes.length);
          }
          const streamed: number[] = [];
          for await (const part of store.stream('k')) streamed.push(...(part as Float64Array));
          expect(streamed).toEqual([...elements]);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('opens by its spec', async () => {
    await using store = TypedArray(LZ4(Dict()));
    expect(String(store)).toBe('TypedArray(LZ4(Dict()))');
  });

  it('wraps no store of values', () => {
    expect(() => TypedArray(TypedArray(Dict()) as never)).toThrow(TypeError);
  });
});

describe('keys that end in .dtype', () => {
  it('are keys like any others', async () => {
    await using inner = Dict();
    const store = TypedArray(inner);
    const names = [
      'a',
      'a.dtype',
      'a.dtype.dtype',
      'a.dtype_',
      'a.dtype__',
      '.dtype',
      'b.dtype',
      'c.dtype/d',
    ];
    await store.append(names.map((name, i) => [name, Int32Array.of(i)] as const));
    await store.append(names.map((name, i) => [name, Int32Array.of(i)] as const));
    expect(await keysOf(store)).toEqual([...names].sort());
    expect(await keysOf(store, 'a.dtype_')).toEqual(['a.dtype_', 'a.dtype__']);
    expect(await store.get(names)).toEqual(names.map((_, i) => Int32Array.of(i, i)));
    await store.delete('a');
    expect(await keysOf(store, 'a')).toEqual(names.filter((name) => name.startsWith('a.')).sort());
    expect(text(await inner.get('b.dtype_.dtype'))).toBe('<i4');
  });

  it('are absent when they are the dtypes of others', async () => {
    await using store = TypedArray(Dict());
    await store.append({ a: Int32Array.of(1) });
    expect(await store.has('a.dtype')).toBe(false);
    expect(await store.get('a.dtype')).toEqual(new Uint8Array(0));
    await store.delete('a.dtype');
    expect(await store.get('a')).toEqual(Int32Array.of(1));
  });
});

describe('two dtypes under a key', () => {
  const floats = Float64Array.of(1);
  const ints = Int32Array.of(1);

  it('are a SchemaError that names key and dtypes, and nothing is written', async () => {
    await using store = TypedArray(Dict());
    await store.append({ k: floats });
    const append = store.append({ other: floats, k: ints });
    await expect(append).rejects.toBeInstanceOf(SchemaError);
    await expect(append).rejects.toMatchObject({
      key: 'k',
      message: expect.stringMatching(/"k".*<f8.*<i4/),
    });
    expect(await keysOf(store)).toEqual(['k']);
    await expect(
      store.append([
        ['new', floats],
        ['new', ints],
      ]),
    ).rejects.toThrow(/"new".*<f8.*<i4/);
    expect(await keysOf(store)).toEqual(['k']);
  });

  it('are decided by the first of calls that are not awaited', async () => {
    for (const inner of [Dict(), LZ4(Dict()), File()]) {
      await using store = TypedArray(inner);
      const outcomes = await Promise.allSettled([
        store.append({ k: floats }),
        store.append({ k: ints }),
        store.append({ k: floats }),
        store.append({ j: ints, k: ints }),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual([
        'fulfilled',
        'rejected',
        'fulfilled',
        'rejected',
      ]);
      expect(await store.get('k')).toEqual(Float64Array.of(1, 1));
      expect(await keysOf(store)).toEqual(['k']);
    }
  });

  it('are decided by one of many handles, and are one afterwards', async () => {
    await using directory = File();
    for (let round = 0; round < 5; round++) {
      const key = `k${round}`;
      const stores = Array.from({ length: 6 }, () => TypedArray(File(directory.path)));
      const outcomes = await Promise.allSettled(
        stores.map((store, i) => store.append({ [key]: i % 2 === 0 ? floats : ints })),
      );
      await Promise.all(stores.map((store) => store.close()));
      const won = outcomes.filter(({ status }) => status === 'fulfilled').length;
      expect(won).toBe(3);
      for (const outcome of outcomes)
        if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(SchemaError);
      const dtype = text(await directory.get(`${key}.dtype`));
      expect(['<f8', '<i4']).toContain(dtype);
      await using store = TypedArray(File(directory.path));
      expect(await store.get(key)).toEqual(
        dtype === '<f8' ? Float64Array.of(1, 1, 1) : Int32Array.of(1, 1, 1),
      );
    }
  });

  it('are found at get where writers were buffered apart', async () => {
    await using inner = Dict();
    const store = TypedArray(inner);
    await inner.append({ same: new Uint8Array(8), 'same.dtype': ascii('<i4<i4') });
    await inner.append({ mixed: new Uint8Array(8), 'mixed.dtype': ascii('<i4<f8') });
    expect(await store.get('same')).toEqual(Int32Array.of(0, 0));
    await store.append({ same: ints });
    await expect(store.get('mixed')).rejects.toThrow(/"mixed".*<i4.*<f8/);
  });

  it('are forgotten with the value whose first append failed', async () => {
    const inner = Chaos(Dict());
    await using store = TypedArray(inner);
    inner.inject({ on: 'append', harm: 'fail', call: 2 });
    await expect(store.append({ k: floats })).rejects.toThrow();
    await store.flush();
    await store.append({ k: ints });
    expect(await store.get('k')).toEqual(ints);
  });
});

describe('what TypedArray did not write', () => {
  it.each([
    ['a value without a dtype', undefined],
    ['a dtype that is none', '{"json": true}'],
    ['a dtype that is bytes', '\0\0\0\0\0\0\0\x01'],
  ])('is a CorruptError: %s', async (_, dtype) => {
    await using inner = Dict();
    const store = TypedArray(inner);
    await inner.append({ k: new Uint8Array(8) });
    if (dtype !== undefined) await inner.append({ 'k.dtype': ascii(dtype) });
    for (const call of [
      () => store.get('k'),
      () => store.pop('k'),
      () => store.stream('k').next(),
    ]) {
      await expect(call()).rejects.toBeInstanceOf(CorruptError);
      await expect(call()).rejects.toMatchObject({ key: 'k' });
    }
    const append = store.append({ k: Int32Array.of(1) });
    await expect(append).rejects.toMatchObject({ key: 'k' });
    expect((await inner.get('k')).length).toBe(8);
  });
});
