import { describe, expect, it } from '@jest/globals';
import { concatBytes } from '@spillway/core';
import {
  Dictionary,
  Int32,
  type RecordBatch,
  Table,
  tableFromArrays,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import { arrowFile } from '../src/index.js';
import { plainRows } from './plain-rows.js';

const dump = (value: Table) => concatBytes([arrowFile.dump(value)].flat());

const table: Table = new Table({
  n: vectorFromArray(Float64Array.of(1, 2.5)),
  s: vectorFromArray(['a', 'b'], new Dictionary(new Utf8(), new Int32())),
});

const streamOf = arrowFile.stream as NonNullable<typeof arrowFile.stream>;

async function* cut(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array, void, void> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
}

async function arrayOf<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const each of source) all.push(each);
  return all;
}

describe('arrowFile', () => {
  it('gives back what it was given', () => {
    expect(plainRows(arrowFile.load(dump(table)))).toEqual(plainRows(table));
    const [batch] = table.batches;
    expect(plainRows(arrowFile.load(dump(batch as RecordBatch as never)))).toEqual(
      plainRows(table),
    );
    expect(arrowFile.load(dump(table.slice(0, 0))).schema.names).toEqual(['n', 's']);
  });

  it('is read a batch at a time, however its bytes are cut', async () => {
    const other = tableFromArrays({ n: Float64Array.of(7), s: ['c'] });
    const plain = tableFromArrays({ n: Float64Array.of(1, 2), s: ['a', null] });
    for (const value of [table, plain.concat(other), table.slice(0, 0)]) {
      const bytes = dump(value);
      for (const size of [1, 13, 64, bytes.length]) {
        const parts = await arrayOf(streamOf(cut(bytes, size)));
        expect(parts.flatMap((part) => plainRows(part))).toEqual(plainRows(value));
        expect(parts.length).toBe(Math.max(value.batches.length, 1));
        expect(parts[0]?.schema.names).toEqual(['n', 's']);
      }
    }
  });

  it('is not read when it is cut off, or goes on', async () => {
    const bytes = dump(table);
    for (const end of [0, 3, 100, bytes.length - 9]) {
      await expect(arrayOf(streamOf(cut(bytes.subarray(0, end), 50)))).rejects.toThrow();
    }
    const longer = concatBytes([bytes, bytes]);
    await expect(arrayOf(streamOf(cut(longer, 50)))).rejects.toThrow('bytes follow its end');
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
