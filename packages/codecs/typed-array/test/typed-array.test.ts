import { describe, expect, it } from '@jest/globals';
import { Dict } from '@spillway/dict';
import { BoolArray, datetime64, TypedArray } from '../src/index.js';

describe('TypedArray', () => {
  it('joins', async () => {
    await using store = TypedArray(Dict());
    store.append({
      k: Float64Array.of(1, 2),
      b: new BoolArray([1, 0]),
      t: new (datetime64('ms'))([1n]),
    });
    store.append({ k: Float64Array.of(3) });
    await store.append({ k: Float64Array.of(4) });
    expect(await store.get('k')).toEqual(Float64Array.of(1, 2, 3, 4));
    expect(await store.dtype('k')).toBe('<f8');
    expect(await store.get('b')).toBeInstanceOf(BoolArray);
    expect(await store.get('t')).toBeInstanceOf(datetime64('ms'));
    expect((await store.get('t')).slice(0)).toBeInstanceOf(datetime64('ms'));
    await expect(store.append({ k: Float32Array.of(4) })).rejects.toThrow(/dtype <f8/);
  });
});
