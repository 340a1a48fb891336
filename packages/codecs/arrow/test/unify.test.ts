import { describe, expect, it } from '@jest/globals';
import { SchemaError } from '@spillway/core';
import { Dict } from '@spillway/dict';
import {
  Bool,
  type DataType,
  DateDay,
  DateMillisecond,
  Decimal,
  Dictionary,
  Field,
  FixedSizeList,
  Float32,
  Float64,
  Int8,
  Int16,
  Int32,
  Int64,
  LargeUtf8,
  List,
  Map_,
  Null,
  Struct,
  type Table,
  TimestampMillisecond,
  TimestampSecond,
  Uint8,
  Uint16,
  Uint32,
  Uint64,
  Utf8,
} from 'apache-arrow';
import fc from 'fast-check';
import { Arrow } from '../src/index.js';
import { join } from '../src/join.js';
import { anySchema } from './any-schema.js';
import { plainRows } from './plain-rows.js';
import { Random, randomTable } from './random-tables.js';
import { rowsOf, tableOf } from './table-of.js';

const list = (type: DataType) => new List(new Field('item', type, true));
const struct = (members: { readonly [name: string]: DataType }) =>
  new Struct(Object.entries(members).map(([name, type]) => new Field(name, type, true)));
const map = (type: DataType) =>
  new Map_(new Field('entries', struct({ key: new Utf8(), value: type }) as never, false));

async function joined(...tables: Table[]): Promise<Table> {
  await using store = Arrow(Dict());
  for (const table of tables) await store.append({ k: table });
  return store.get('k');
}

describe('tables of one key are unified', () => {
  it('when one was read and the other made', async () => {
    const made = tableOf({
      a: [new Int32(), [1]],
      b: [new Dictionary(new Utf8(), new Int8()), ['x']],
    });
    const read = await joined(made);
    for (const both of [
      [read, made],
      [made, read],
    ]) {
      expect(rowsOf(join(both))).toEqual([...rowsOf(made), ...rowsOf(made)]);
      await using store = Arrow(Dict());
      await store.append(both.map((table) => ['k', table] as const));
      expect((await store.get('k')).numRows).toBe(2);
    }
  });

  it('when their columns are in another order', async () => {
    const table = await joined(
      tableOf({ a: [new Int32(), [1]], b: [new Utf8(), ['x']] }),
      tableOf({ b: [new Utf8(), ['y']], a: [new Int32(), [2]] }),
    );
    expect(table.schema.names).toEqual(['a', 'b']);
    expect(rowsOf(table)).toEqual([
      { a: 1, b: 'x' },
      { a: 2, b: 'y' },
    ]);
  });

  it('when one has nulls', async () => {
    const table = await joined(
      tableOf({ a: [new Int32(), [1], false] }),
      tableOf({ a: [new Int32(), [null, 2]] }),
    );
    expect(table.schema.fields[0]?.nullable).toBe(true);
    expect(rowsOf(table)).toEqual([{ a: 1 }, { a: null }, { a: 2 }]);
  });

  it.each([
    ['a number', new Float64(), 1.5],
    ['text', new Utf8(), 'text'],
    ['a boolean', new Bool(), true],
    ['a map', map(new Int32()), new Map([['k', 1]])],
    ['a list', list(new Int32()), Int32Array.of(1, 2)],
    ['a struct', struct({ x: new Int32(), y: new Utf8() }), { x: 1, y: 'y' }],
    ['a list of a fixed size', new FixedSizeList(2, new Field('item', new Int32(), true)), [1, 2]],
    ['a dictionary', new Dictionary(new Utf8(), new Int32()), 'text'],
  ] as const)(
    'when one column is all null and of no type, and the other is %s',
    async (_, type, value) => {
      const nulls = tableOf({ a: [new Null(), [null, null]] });
      const values = tableOf({ a: [type, [value]] });
      const plain = rowsOf(values);
      const none = [{ a: null }, { a: null }];
      expect(rowsOf(await joined(nulls, values))).toEqual([...none, ...plain]);
      expect(rowsOf(await joined(values, nulls))).toEqual([...plain, ...none]);
      const { schema } = await joined(nulls, values);
      expect(String(schema)).toBe(String(values.schema));
    },
  );

  it.each([
    [new Int8(), new Int16(), new Int16()],
    [new Int16(), new Int8(), new Int16()],
    [new Int32(), new Int64(), new Int64()],
    [new Uint8(), new Uint32(), new Uint32()],
    [new Uint64(), new Uint8(), new Uint64()],
    [new Int8(), new Uint8(), new Int16()],
    [new Uint16(), new Int8(), new Int32()],
    [new Uint32(), new Int64(), new Int64()],
    [new Int32(), new Uint32(), new Int64()],
  ])('when one holds %s and the other %s: both are %s', async (first, second, both) => {
    const bounds = ({ isSigned, bitWidth }: typeof first | typeof second) => {
      const span = 2n ** BigInt(bitWidth);
      const [least, most] = isSigned ? [-span / 2n, span / 2n - 1n] : [0n, span - 1n];
      return [least, most].map((bound) => (bitWidth === 64 ? bound : Number(bound)));
    };
    const table = await joined(
      tableOf({ a: [first, [...bounds(first), null]] }),
      tableOf({ a: [second, [null, ...bounds(second)]] }),
    );
    expect(String(table.schema.fields[0]?.type)).toBe(String(both));
    const values = rowsOf(table).map((row) => (row as { a: number | bigint | null }).a);
    const big = (value: number | bigint | null) => (value === null ? null : BigInt(value));
    expect(values.map(big)).toEqual([...bounds(first), null, null, ...bounds(second)].map(big));
  });

  it('inside lists, structs and maps', async () => {
    const type = (int: DataType) => struct({ l: list(struct({ n: int })), m: map(int) });
    const value = (n: number | bigint) => ({ l: [{ n }, null], m: new Map([['k', n]]) });
    const table = await joined(
      tableOf({ a: [type(new Int16()), [value(1)]] }),
      tableOf({ a: [type(new Int64()), [value(2n)]] }),
    );
    expect(rowsOf(table)).toEqual([
      { a: { l: [{ n: 1n }, null], m: { k: 1n } } },
      { a: { l: [{ n: 2n }, null], m: { k: 2n } } },
    ]);
  });

  it('when the members of a struct are in another order', async () => {
    const table = await joined(
      tableOf({ a: [struct({ x: new Int32(), y: new Utf8() }), [{ x: 1, y: 'one' }]] }),
      tableOf({ a: [struct({ y: new Utf8(), x: new Int32() }), [{ y: 'two', x: 2 }]] }),
    );
    expect(rowsOf(table)).toEqual([{ a: { x: 1, y: 'one' } }, { a: { x: 2, y: 'two' } }]);
  });

  it('when their dictionaries differ, which stay dictionaries', async () => {
    const table = await joined(
      tableOf({ a: [new Dictionary(new Utf8(), new Int8()), ['x', 'y', 'x']] }),
      tableOf({ a: [new Dictionary(new Utf8(), new Uint16()), ['z', null, 'x']] }),
    );
    expect(String(table.schema.fields[0]?.type)).toBe(
      String(new Dictionary(new Utf8(), new Int32())),
    );
    const values = rowsOf(table).map((row) => (row as { a: unknown }).a);
    expect(values).toEqual(['x', 'y', 'x', 'z', null, 'x']);
    expect(rowsOf(await joined(table, table)).length).toBe(12);
  });

  it('without a copy when they are equal', () => {
    const first = tableOf({ a: [new Int32(), [1, 2]] });
    const second = tableOf({ a: [new Int32(), [3]] });
    const values = join([first, second]).batches.map(({ data }) => data.children[0]?.values);
    expect(values[0]).toBe(first.batches[0]?.data.children[0]?.values);
    expect(values[1]).toBe(second.batches[0]?.data.children[0]?.values);
  });

  it('whatever their schema is', () => {
    fc.assert(
      fc.property(anySchema, anySchema, fc.nat(), (schema, other, seed) => {
        const random = new Random(seed);
        const [first, second] = [
          randomTable(schema, [3, 4], random),
          randomTable(schema, [2], random),
        ];
        const expected = [...plainRows(first), ...plainRows(second)];
        expect(plainRows(join([first, second]))).toEqual(expected);
        const third = randomTable(other, [1], random);
        try {
          expect(join([first, third]).numRows).toBe(8);
        } catch (error) {
          expect(error).toBeInstanceOf(SchemaError);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('a SchemaError names the field', () => {
  const clashes: [string, DataType, DataType, unknown, unknown][] = [
    ['a', new Int32(), new Utf8(), 1, 'x'],
    ['a', new Int32(), new Float64(), 1, 1.5],
    ['a', new Float32(), new Float64(), 1.5, 1.5],
    ['a', new Int8(), new Uint64(), 1, 1n],
    ['a', new Utf8(), new LargeUtf8(), 'x', 'x'],
    ['a', new Utf8(), new Dictionary(new Utf8(), new Int32()), 'x', 'x'],
    [
      'a',
      new Dictionary(new Utf8(), new Int32()),
      new Dictionary(new Int32(), new Int32()),
      'x',
      1,
    ],
    ['a', new DateDay(), new DateMillisecond(), new Date(0), new Date(0)],
    ['a', new TimestampSecond(), new TimestampMillisecond(), 1000, 1],
    ['a', new TimestampSecond('UTC'), new TimestampSecond(), 1000, 1000],
    ['a', new Decimal(2, 10), new Decimal(3, 10), new Uint32Array(4), new Uint32Array(4)],
    ['a.item', list(new Int32()), list(new Utf8()), [1], ['x']],
    ['a.x', struct({ x: new Int32() }), struct({ x: new Utf8() }), { x: 1 }, { x: 'x' }],
    ['a.x', struct({ x: new Int32() }), struct({ y: new Int32() }), { x: 1 }, { y: 1 }],
    [
      'a.entries.value',
      map(new Int32()),
      map(new Utf8()),
      new Map([['k', 1]]),
      new Map([['k', 'x']]),
    ],
  ];

  it.each(clashes)('%s that is %s and %s', async (field, first, second, one, other) => {
    const tables = [tableOf({ a: [first, [one]] }), tableOf({ a: [second, [other]] })] as const;
    for (const [before, after] of [tables, [...tables].reverse() as never as typeof tables]) {
      await using store = Arrow(Dict());
      await store.append({ k: before });
      await store.append({ k: after });
      const get = store.get('k');
      await expect(get).rejects.toBeInstanceOf(SchemaError);
      await expect(get).rejects.toMatchObject({ key: 'k' });
      await expect(get).rejects.toThrow(`field "${field.slice(0, 2)}`.trimEnd());
      await expect(store.pop('k')).rejects.toBeInstanceOf(SchemaError);
      const parts: number[] = [];
      for await (const part of store.stream('k')) parts.push(part.numRows);
      expect(parts).toEqual([1, 1]);
    }
    await expect(joined(...tables)).rejects.toMatchObject({ field });
  });

  it.each([
    ['only the first has', 'b', { a: new Int32(), b: new Int32() }, { a: new Int32() }],
    ['only the second has', 'c', { a: new Int32() }, { a: new Int32(), c: new Int32() }],
  ])('that %s', async (_, field, first, second) => {
    const make = (types: { readonly [name: string]: DataType }) =>
      tableOf(Object.fromEntries(Object.entries(types).map(([name, type]) => [name, [type, [1]]])));
    await expect(joined(make(first as never), make(second as never))).rejects.toMatchObject({
      field,
      key: 'k',
    });
  });

  it('at append when one call brings both, and nothing is written', async () => {
    await using store = Arrow(Dict());
    const append = store.append([
      ['good', tableOf({ a: [new Int32(), [1]] })],
      ['k', tableOf({ a: [new Int32(), [1]] })],
      ['k', tableOf({ a: [new Utf8(), ['x']] })],
    ]);
    await expect(append).rejects.toMatchObject({ key: 'k', field: 'a', name: 'SchemaError' });
    expect(await store.has('good')).toBe(false);
  });
});
