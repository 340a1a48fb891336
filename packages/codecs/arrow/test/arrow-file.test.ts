import { describe, expect, it } from '@jest/globals';
import { concatBytes } from '@spillway/core';
import {
  Dictionary,
  Int32,
  type RecordBatch,
  type Table,
  tableFromArrays,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import { arrowFile } from '../src/index.js';
import { plainRows } from './plain-rows.js';

const dump = (value: Table) => concatBytes([arrowFile.dump(value)].flat());

const table = tableFromArrays({
  n: Float64Array.of(1, 2.5),
  s: vectorFromArray(['a', 'b'], new Dictionary(new Utf8(), new Int32())),
});

describe('arrowFile', () => {
  it('gives back what it was given', () => {
    expect(plainRows(arrowFile.load(dump(table)))).toEqual(plainRows(table));
    const [batch] = table.batches;
    expect(plainRows(arrowFile.load(dump(batch as RecordBatch as never)))).toEqual(
      plainRows(table),
    );
    expect(arrowFile.load(dump(table.slice(0, 0))).schema.names).toEqual(['n', 's']);
  });

  it('refuses anything else', () => {
    for (const value of [[1], {}, undefined, Float64Array.of(1)]) {
      expect(() => arrowFile.dump(value as unknown as Table)).toThrow(TypeError);
    }
    const bytes = dump(table);
    for (const end of [0, 3, 100, bytes.length - 9]) {
      expect(() => arrowFile.load(bytes.slice(0, end))).toThrow();
    }
    expect(() => arrowFile.load(new TextEncoder().encode('ARROW1\0\0nonsense'))).toThrow();
  });
});
