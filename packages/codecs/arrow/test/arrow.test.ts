import { describe, expect, it } from '@jest/globals';
import { SchemaError } from '@spillway/core';
import { Dict } from '@spillway/dict';
import {
  Bool,
  Dictionary,
  Field,
  Float64,
  Int8,
  Int32,
  List,
  makeVector,
  RecordBatch,
  Struct,
  Table,
  tableFromArrays,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import { Arrow } from '../src/index.js';
import { plainRows } from './plain-rows.js';

const rowsOf = (table: Table) => table.toArray().map((row) => ({ ...row }));
const numbers = (...values: number[]) => tableFromArrays({ n: Int32Array.from(values) });

describe('Arrow', () => {
  it('takes tables and record batches and gives tables', async () => {
    await using store = Arrow(Dict());
    const [batch] = numbers(3).batches;
    await store.append({ a: numbers(1, 2), b: batch as RecordBatch });
    await store.append({ a: batch as RecordBatch });
    await store.set({ c: batch as RecordBatch });
    expect(rowsOf(await store.get('a'))).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    expect(rowsOf(await store.get('b'))).toEqual([{ n: 3 }]);
    expect(rowsOf(await store.get('c'))).toEqual([{ n: 3 }]);
  });

  it('gives an empty table for an absent key', async () => {
    await using store = Arrow(Dict());
    const table = await store.get('absent');
    expect([table.numRows, table.numCols]).toEqual([0, 0]);
  });

  it('keeps the schema of no rows', async () => {
    await using store = Arrow(Dict());
    const { schema } = numbers();
    await store.append({ none: new Table(schema), empty: numbers() });
    for (const key of ['none', 'empty']) {
      const table = await store.get(key);
      expect([table.numRows, String(table.schema)]).toEqual([0, String(schema)]);
    }
    await store.append({ none: numbers(1) });
    expect(rowsOf(await store.get('none'))).toEqual([{ n: 1 }]);
  });

  it('keeps the metadata of schemas, fields and batches', async () => {
    await using store = Arrow(Dict());
    const { schema, batches } = numbers(1);
    schema.metadata.set('by', 'hand');
    schema.fields[0]?.metadata.set('unit', 'm');
    await store.append({ k: new RecordBatch(schema, batches[0]?.data, new Map([['part', '7']])) });
    const table = await store.get('k');
    expect([...table.schema.metadata]).toEqual([['by', 'hand']]);
    expect([...(table.schema.fields[0]?.metadata ?? [])]).toEqual([['unit', 'm']]);
    expect([...(table.batches[0]?.metadata ?? [])]).toEqual([['part', '7']]);
  });

  it('takes a table without columns for nothing', async () => {
    await using store = Arrow(Dict());
    await store.append([
      ['k', new Table()],
      ['k', numbers(1)],
      ['k', new Table()],
    ]);
    await store.append({ k: await store.get('absent') });
    expect(rowsOf(await store.get('k'))).toEqual([{ n: 1 }]);
  });

  it('counts the rows of a table without columns', async () => {
    await using store = Arrow(Dict());
    await store.append({ k: numbers(1, 2, 3).select([]) });
    expect((await store.get('k')).numRows).toBe(3);
  });

  it('streams one table a frame', async () => {
    await using store = Arrow(Dict());
    await store.append({ k: numbers(1, 2) });
    await store.append({ k: numbers(3) });
    const parts: unknown[] = [];
    for await (const part of store.stream('k')) parts.push(rowsOf(part));
    expect(parts).toEqual([[{ n: 1 }, { n: 2 }], [{ n: 3 }]]);
  });

  it('gives views of what is stored', async () => {
    await using inner = Dict();
    const store = Arrow(inner);
    await store.append({ k: numbers(...Array.from({ length: 1000 }, (_, i) => i)) });
    const { buffer } = await inner.get('k');
    const table = await store.get('k');
    expect(table.batches[0]?.data.children[0]?.values.buffer).toBe(buffer);
  });

  it('reads bytes wherever they begin', async () => {
    await using inner = Dict();
    const store = Arrow(inner);
    await store.append({
      k: tableFromArrays({ a: Float64Array.of(1, 2), b: ['x', 'y'] }) as Table,
    });
    const stored = await inner.get('k');
    for (let shift = 1; shift < 8; shift++) {
      const moved = Buffer.alloc(stored.length + shift);
      moved.set(stored, shift);
      await inner.set({ moved: moved.subarray(shift) });
      expect(rowsOf(await store.get('moved'))).toEqual([
        { a: 1, b: 'x' },
        { a: 2, b: 'y' },
      ]);
    }
  });

  it('takes columns that the library made longer by nulls', async () => {
    await using store = Arrow(Dict());
    const columns = {
      a: vectorFromArray([1, 2, 3], new Int32()),
      b: vectorFromArray(['x'], new Utf8()),
      c: vectorFromArray([true], new Bool()),
      d: vectorFromArray([[1, 2]], new List(new Field('item', new Int8()))),
      e: vectorFromArray([{ n: 7 }], new Struct([new Field('n', new Int8(), true)])),
      f: vectorFromArray([1.5], new Float64()),
      g: vectorFromArray(['p', 'q'], new Dictionary(new Utf8(), new Int8())),
    };
    const table = new Table(columns) as Table;
    await store.append({ k: table });
    expect(plainRows(await store.get('k'))).toEqual([
      expect.objectContaining({ a: '01000000', b: '78', c: true, d: ['01', '02'], e: ['07'] }),
      { a: '02000000', b: null, c: null, d: null, e: null, f: null, g: { of: '71' } },
      { a: '03000000', b: null, c: null, d: null, e: null, f: null, g: null },
    ]);
  });

  it('refuses two columns of one name, and writes nothing', async () => {
    await using store = Arrow(Dict());
    const { schema, batches } = tableFromArrays({ a: Int32Array.of(1), b: Int32Array.of(2) });
    const twice = new RecordBatch(schema, batches[0]?.data);
    for (const field of twice.schema.fields) Object.assign(field, { name: 'same' });
    const append = store.append({ good: numbers(1), bad: twice });
    await expect(append).rejects.toMatchObject({ key: 'bad', field: 'same' });
    await expect(append).rejects.toThrow(SchemaError);
    expect(await store.has('good')).toBe(false);
  });

  it('takes two columns of one dictionary type with a dictionary each', async () => {
    await using store = Arrow(Dict());
    const a = vectorFromArray(['x', 'y', 'x']);
    const b = vectorFromArray(['p', 'q', 'q'], a.type);
    await store.append({ k: new Table({ a, b, n: makeVector(Int32Array.of(1, 2, 3)) }) as Table });
    const table = await store.get('k');
    expect(rowsOf(table)).toEqual([
      { a: 'x', b: 'p', n: 1 },
      { a: 'y', b: 'q', n: 2 },
      { a: 'x', b: 'q', n: 3 },
    ]);
    expect(String(table.getChild('a')?.type)).toBe(String(a.type));
  });
});
