import { describe, expect, it } from '@jest/globals';
import { splitFrames } from '@spillway/core';
import { Dict } from '@spillway/dict';
import { Msgpack } from '../src/index.js';

describe('the rows of a key', () => {
  it('are those of its appends, one after the other', async () => {
    await using store = Msgpack<number[] | number>(Dict());
    await store.append({ a: [1, [2, 3]], b: [] });
    await store.append({ a: [[4], 5] });
    expect(await store.get(['a', 'b', 'absent'])).toEqual([[1, [2, 3], [4], 5], [], []]);
  });

  it('go into one frame when one call has several arrays for a key', async () => {
    await using inner = Dict();
    const store = Msgpack<number>(inner);
    await store.append([
      ['a', [1]],
      ['a', [2, 3]],
    ]);
    expect(splitFrames(await inner.get('a'), 'a').length).toBe(1);
    expect(await store.get('a')).toEqual([1, 2, 3]);
  });

  it('may be a million, in one append or in a hundred thousand', async () => {
    await using store = Msgpack<number>(Dict());
    const million = Array.from({ length: 1_000_000 }, (_, i) => i);
    await store.append({ a: million });
    await store.append([
      ['a', million],
      ['a', [7]],
    ]);
    const rows = await store.get('a');
    expect([rows.length, rows[1_000_000], rows.at(-1)]).toEqual([2_000_001, 0, 7]);
    const pieces = Array.from({ length: 200_000 }, (_, i): [string, number[]] => [
      i % 2 ? 'b' : 'c',
      [i],
    ]);
    await store.append(pieces);
    expect((await store.get('b')).length).toBe(100_000);
  });

  it('come frame by frame from a stream', async () => {
    await using store = Msgpack<number>(Dict());
    for (let i = 0; i < 3; i++) await store.append({ a: [i, i] });
    const parts: number[][] = [];
    for await (const part of store.stream('a')) parts.push(part);
    expect(parts).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
    ]);
  });
});
