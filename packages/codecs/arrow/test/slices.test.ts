import { describe, expect, it } from '@jest/globals';
import {
  type Data,
  type DataType,
  Dictionary,
  type Field,
  Int32,
  RecordBatch,
  Schema,
  Table,
  Utf8,
  Vector,
  vectorFromArray,
} from 'apache-arrow';
import fc from 'fast-check';
import { makeColumn } from '../src/column.js';
import { decode } from '../src/decode.js';
import { encode } from '../src/encode.js';
import { anySchema } from './any-schema.js';
import { plainRows } from './plain-rows.js';
import { Random, randomBatch } from './random-tables.js';

/** A table of dictionary columns over batches of indices. */
function dictionaryTable(values: Vector, ...batches: number[][]): Table {
  const type = new Dictionary(values.type as Utf8, new Int32());
  return new Table({
    d: new Vector(
      batches.map((indices) =>
        makeColumn(type, indices.length, 0, {
          values: Int32Array.from(indices),
          dictionary: values,
        }),
      ),
    ),
  }) as Table;
}

const texts = (count: number) =>
  vectorFromArray(
    Array.from({ length: count }, (_, i) => `value ${i}`),
    new Utf8(),
  );
const dictionaries = (table: Table) =>
  table.batches.map(({ data }) => (data.children[0] as Data).dictionary as Vector);

describe('a slice is written without what it was cut from', () => {
  it('whatever its schema is', () => {
    fc.assert(
      fc.property(anySchema, fc.nat(), (schema, seed) => {
        const whole = randomBatch(schema, 1500, new Random(seed));
        const slice = whole.slice(701, 704);
        const encoded = encode(slice);
        expect(plainRows(decode(encoded))).toEqual(plainRows(slice));
        // Three rows, as often as types are in each other, and the metadata.
        expect(encoded.length).toBeLessThan(1000 + 1500 * countTypes(schema.fields));
      }),
      { numRuns: 40 },
    );
  });

  it('and its dictionary with the values in use alone', () => {
    const table = dictionaryTable(texts(10_000), [5, 9_999, 5, 7], [3]);
    const encoded = encode(table);
    expect(encoded.length).toBeLessThan(2000);
    const decoded = decode(encoded);
    expect(dictionaries(decoded).map((values) => [...values])).toEqual([
      ['value 5', 'value 7', 'value 9999'],
      ['value 3'],
    ]);
    expect(plainRows(decoded)).toEqual(plainRows(table));
  });
});

function countTypes(fields: readonly Field[]): number {
  return fields.reduce((sum, { type }) => sum + 1 + countTypes(type.children ?? []), 0);
}

describe('a dictionary', () => {
  it('of fewer values than rows is written once for all batches', () => {
    const indices = Array.from({ length: 500 }, (_, i) => i % 400);
    const one = encode(dictionaryTable(texts(400), indices)).length;
    const three = encode(dictionaryTable(texts(400), indices, indices, indices)).length;
    expect(three - one).toBeLessThan(2 * (500 * 4 + 400));
  });

  it('that grows from batch to batch is written by its deltas', () => {
    const first = texts(300);
    const grown = first.concat(vectorFromArray(['one more'], new Utf8()));
    const table = new Table([
      ...dictionaryTable(
        first,
        Array.from({ length: 300 }, (_, i) => i),
      ).batches,
    ]);
    const { schema } = table;
    const type = schema.fields[0]?.type as DataType;
    const column = makeColumn(type, 2, 0, { values: Int32Array.of(0, 300), dictionary: grown });
    const more = new RecordBatch(
      schema,
      makeColumn(table.batches[0]?.data.type as DataType, 2, 0, { children: [column] }) as never,
    );
    const both = new Table(schema, [...table.batches, more]);
    expect(encode(both).length - encode(table).length).toBeLessThan(800);
    expect(plainRows(decode(encode(both)))).toEqual(plainRows(both));
  });

  it('that another batch has instead is replaced', () => {
    const a = dictionaryTable(texts(2), [0, 1, 0]);
    const type = a.schema.fields[0]?.type as Dictionary;
    const other = makeColumn(type, 3, 0, {
      values: Int32Array.of(1, 1, 0),
      dictionary: vectorFromArray(['x', 'y'], new Utf8()),
    });
    const batch = new RecordBatch({ d: other });
    const both = new Table(new Schema(batch.schema.fields), [
      new RecordBatch(batch.schema, a.batches[0]?.data),
      batch,
    ]);
    const values = decode(encode(both))
      .toArray()
      .map((row) => row.d);
    expect(values).toEqual(['value 0', 'value 1', 'value 0', 'y', 'y', 'x']);
  });
});
