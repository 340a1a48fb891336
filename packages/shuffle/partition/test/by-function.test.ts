import { describe, expect, it } from '@jest/globals';
import { Int32, Utf8 } from 'apache-arrow';
import type { PartitionValue } from '../src/index.js';
import { batchOf, keysOf, vector } from './batches.js';

const batch = batchOf({
  name: vector(new Utf8(), ['ann', 'bob', 'abe', null]),
  age: vector(new Int32(), [31, 45, 8, 20]),
});

describe('partitions by a function', () => {
  it('get the row by column', () => {
    const keys = keysOf(batch, ({ name, age }) =>
      name === null ? null : `${String(name)[0]}${Number(age) > 30}`,
    );
    expect(keys).toEqual(['atrue', 'btrue', 'afalse', '%null']);
  });

  it('get the rows of a slice', () => {
    expect(keysOf([batch.slice(1, 3), batch.slice(3)], ({ age }) => age as number)).toEqual([
      '45',
      '8',
      '20',
    ]);
  });

  it('can copy the row', () => {
    expect(keysOf(batch.slice(0, 1), (row) => JSON.stringify({ ...row }))).toEqual([
      '{"name":"ann","age":31}',
    ]);
  });

  it('are one for values with one text', () => {
    const values: PartitionValue[] = [1, '1', 1n, undefined];
    let row = 0;
    expect(keysOf(batch, () => values[row++])).toEqual(['1', '1', '1', '%null']);
    expect(keysOf(batch.slice(0, 1), () => new Date(0))).toEqual(['1970-01-01T00:00:00.000Z']);
  });

  it('have names of the types that make sense', () => {
    expect(() => keysOf(batch, () => ({}) as never)).toThrow('not by an Object');
  });
});
