import { describe, expect, it } from '@jest/globals';
import { Dict } from '@spillway/dict';
import { Int16, Int64, Table, tableFromArrays, vectorFromArray } from 'apache-arrow';
import { Arrow } from '../src/index.js';

describe('Arrow', () => {
  it('joins tables and batches', async () => {
    await using store = Arrow(Dict());
    const table = tableFromArrays({ n: Int32Array.of(1, 2), s: ['a', 'b'] });
    await store.append({ k: table });
    await store.append({ k: table.batches[0] as RecordBatch });
    expect((await store.get('k')).toArray().map((row) => ({ ...row }))).toEqual([
      { n: 1, s: 'a' },
      { n: 2, s: 'b' },
      { n: 1, s: 'a' },
      { n: 2, s: 'b' },
    ]);
    expect((await store.get('none')).numRows).toBe(0);
  });
  it('unifies', async () => {
    await using store = Arrow(Dict());
    await store.append({
      k: new Table({ a: vectorFromArray([1, null], new Int16()), b: vectorFromArray(['x', 'y']) }),
    });
    await store.append({
      k: new Table({ b: vectorFromArray(['z', 'y']), a: vectorFromArray([5n, null], new Int64()) }),
    });
    expect((await store.get('k')).toArray().map((row) => ({ ...row }))).toEqual([
      { a: 1n, b: 'x' },
      { a: null, b: 'y' },
      { a: 5n, b: 'z' },
      { a: null, b: 'y' },
    ]);
  });
});
