import { describe, expect, it } from '@jest/globals';
import { Arrow } from '@spillway/arrow';
import { leakFixture } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import { LZ4 } from '@spillway/lz4';
import { Msgpack } from '@spillway/msgpack';
import {
  Field,
  Float64,
  Int32,
  Int64,
  List,
  Null,
  Table,
  tableFromArrays,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import { type By, hash, range, type ShuffleOptions, shuffle } from '../src/index.js';
import { collect, plain, trips } from './data.js';

leakFixture(async () => {
  await (await shuffle(trips(10), { by: 'city', workers: 1 })).close();
});

const everyBy: [string, By][] = [
  ['its value', 'k'],
  ['hash', hash(['id', 'k'], 8)],
  ['range', range('k', [1])],
];

describe('a column that is missing', () => {
  it.each(everyBy)('is a SchemaError for tables, by %s', async (_, by) => {
    await expect(shuffle(trips(10), { by })).rejects.toMatchObject({
      code: 'SPILLWAY_SCHEMA',
      field: 'k',
      message: 'there is no column "k"; there are "id", "city", "fare"',
    });
  });

  it.each(everyBy)('is a SchemaError for rows, by %s, which names the row', async (_, by) => {
    const rows = [
      { id: 1, k: 2 },
      { id: 2, k: null },
      { id: 3, other: 1 },
    ];
    await expect(shuffle(rows, { by })).rejects.toMatchObject({
      code: 'SPILLWAY_SCHEMA',
      field: 'k',
      message: 'row 2: there is no column "k"; there are "id", "other"',
    });
  });
});

describe('a column whose values can be no keys', () => {
  it.each(everyBy)('is a SchemaError, by %s', async (_, by) => {
    const lists = new List(new Field('item', new Int32(), true));
    const table = new Table({
      id: vectorFromArray([1], new Int32()),
      k: vectorFromArray([[1, 2]], lists),
    });
    await expect(shuffle(table, { by })).rejects.toMatchObject({
      code: 'SPILLWAY_SCHEMA',
      field: 'k',
    });
    await expect(shuffle([{ id: 1, k: [1] }], { by })).rejects.toMatchObject({
      code: 'SPILLWAY_SCHEMA',
    });
  });

  it('is a TypeError for bounds of another type', async () => {
    await expect(shuffle(trips(9), { by: range('city', [1]) })).rejects.toThrow(TypeError);
    await expect(shuffle(trips(9), { by: range('id', [2, 1]) })).rejects.toThrow(/ascend/);
  });
});

describe('rows that are ragged', () => {
  it('stay as they are', async () => {
    const rows = [{ k: 1 }, { k: 1, more: [2] }, { k: 1, other: { x: 3 } }];
    await using partitions = await shuffle(rows, { by: 'k' });
    expect(await partitions.get('1')).toEqual(rows);
  });
});

describe('a schema that changes midway', () => {
  const first = tableFromArrays({ k: Int16Array.of(1, 2), v: Int8Array.of(1, 2) });

  it('is unified where it can be, in all partitions', async () => {
    const wider = tableFromArrays({ v: Int32Array.of(2 ** 30, 4), k: Int16Array.of(2, 3) });
    const nulls = new Table({
      k: vectorFromArray([3, 4], new Int32()),
      v: vectorFromArray([null, null], new Null()),
    });
    await using partitions = await shuffle([first, wider, nulls, first], { by: 'k' });
    expect([...partitions.counts]).toEqual([
      ['1', 2],
      ['2', 3],
      ['3', 2],
      ['4', 1],
    ]);
    for await (const [, table] of partitions) expect(table.schema).toEqual(partitions.schema);
    expect(partitions.schema?.fields.map(({ type }) => `${type}`)).toEqual(['Int32', 'Int32']);
    expect(plain(await partitions.get('2')).map(({ v }) => v)).toEqual([2, 2 ** 30, 2]);
    expect(plain(await partitions.get('3')).map(({ v }) => v)).toEqual([4, null]);
    for await (const part of partitions.stream('1')) expect(part.schema).toEqual(partitions.schema);
  });

  it.each([
    ['of another type', { v: vectorFromArray(['x'], new Utf8()) }, 'v'],
    ['of floats after integers', { v: vectorFromArray([1], new Float64()) }, 'v'],
    ['missing', {}, 'v'],
    ['more', { v: vectorFromArray([1], new Int32()), w: vectorFromArray([1], new Int32()) }, 'w'],
  ])('is a SchemaError where a column is %s', async (_, columns, field) => {
    const table = new Table({ k: vectorFromArray([1], new Int32()), ...columns });
    await expect(shuffle([first, table], { by: 'k' })).rejects.toMatchObject({
      code: 'SPILLWAY_SCHEMA',
      field,
    });
  });

  it('is a TypeError from tables to rows', async () => {
    await expect(shuffle([first, { k: 1 }] as Table[], { by: 'k' })).rejects.toThrow(
      /begins with tables and goes on with an Object/,
    );
  });
});

describe('a key column that is all null', () => {
  const nulls = (type: Null | Int64) =>
    new Table({
      id: vectorFromArray([1, 2, 3], new Int32()),
      k: vectorFromArray([null, null, null], type),
    });

  it.each([new Null(), new Int64()])('is one partition, of %s', async (type) => {
    const table = nulls(type);
    await using partitions = await shuffle(table, { by: 'k' });
    expect([...partitions.counts]).toEqual([['%null', 3]]);
    expect(plain(await partitions.get('%null'))).toEqual(plain(table));
    expect(`${(await partitions.get('%null')).schema}`).toBe(`${table.schema}`);
    await using hashed = await shuffle(table, { by: hash('k', 8) });
    expect([...hashed.counts]).toEqual([['0', 3]]);
  });

  it('is the partition behind all ranges', async () => {
    await using partitions = await shuffle(nulls(new Int64()), { by: range('k', [1]) });
    expect([...partitions.counts]).toEqual([['%null', 3]]);
  });
});

describe('a source without rows', () => {
  it.each<[string, Table | Table[]]>([
    ['a table', trips(0)],
    ['tables', [trips(0), trips(0)]],
  ])('has no partitions but its schema: %s', async (_, source) => {
    for (const workers of [0, 1]) {
      await using partitions = await shuffle(source, { by: 'city', workers });
      expect(await collect(partitions)).toEqual(new Map());
      expect(partitions.schema?.names).toEqual(['id', 'city', 'fare']);
      expect((await partitions.get('x')).schema.names).toEqual(['id', 'city', 'fare']);
    }
    await expect(shuffle(source, { by: 'town' })).rejects.toMatchObject({ field: 'town' });
  });

  it('has no partitions where there is nothing at all', async () => {
    await using partitions = await shuffle([] as Table[], { by: 'k' });
    expect(partitions.counts.size).toBe(0);
    expect((await partitions.get('x')).numRows).toBe(0);
  });
});

describe('one partition with everything', () => {
  it('is larger than memory, and whole', async () => {
    const memory = 2 ** 20;
    await using partitions = await shuffle(
      Array.from({ length: 20 }, (_, i) => trips(20_000, 1, i * 20_000)),
      { by: 'city', memory },
    );
    expect([...partitions.counts]).toEqual([['city 0', 400_000]]);
    let next = 0;
    for await (const part of partitions.stream('city 0')) {
      const ids = part.getChild('id')?.toArray() as Int32Array;
      for (const id of ids) if (id !== next++) throw new Error(`${id} is not ${next - 1}`);
    }
    expect(next).toBe(400_000);
  });
});

/** A million partitions take minutes here; CI makes a twentieth of them unless it is told otherwise. */
const KEYS = Number(process.env.SPILLWAY_KEYS ?? 50_000);

describe(`${KEYS} distinct keys`, () => {
  it('are as many partitions', async () => {
    const values = Int32Array.from({ length: KEYS }, (_, i) => (i * 7) % KEYS);
    const table = new Table({ k: vectorFromArray(values) });
    await using partitions = await shuffle(table, { by: 'k', memory: 2 ** 26 });
    expect(partitions.counts.size).toBe(KEYS);
    let read = 0;
    for await (const [key, { numRows }] of partitions) {
      if (numRows !== 1) throw new Error(`partition ${key} has ${numRows} rows`);
      read++;
    }
    expect(read).toBe(KEYS);
    const last = String(KEYS - 1);
    expect(plain(await partitions.get(last))).toEqual([{ k: KEYS - 1 }]);
    expect((await partitions.get(KEYS)).numRows).toBe(0);
  });
});

describe('options that are wrong', () => {
  const wrong: [string, object, RegExp][] = [
    ['no by', { by: undefined }, /by must be/],
    ['a negative number of workers', { by: 'id', workers: -1 }, /workers must be/],
    ['memory that is none', { by: 'id', memory: Number.NaN }, /memory must be/],
    ['a function for workers', { by: () => 1, workers: 1 }, /cannot be handed to workers/],
    ['a store of bytes', { by: 'id', into: Dict() }, /go into Arrow\(…\), not into/],
    ['a codec of rows', { by: 'id', into: Msgpack(Dict()) }, /into Arrow.*Msgpack\(Dict\(\)\)/],
    ['a compressor', { by: 'id', into: LZ4(Dict()) }, /go into Arrow/],
  ];
  it.each(wrong)('are a TypeError: %s', async (_, options, message) => {
    await expect(shuffle(trips(1), options as ShuffleOptions)).rejects.toThrow(TypeError);
    await expect(shuffle(trips(1), options as ShuffleOptions)).rejects.toThrow(message);
  });

  it('are a TypeError: a codec of tables for rows, and what is no source', async () => {
    const into = Arrow(Dict()) as never;
    await expect(shuffle([{ id: 1 }], { by: 'id', into })).rejects.toThrow(/go into Msgpack/);
    for (const source of [7, null, [7], {}]) {
      await expect(shuffle(source as never, { by: 'id' })).rejects.toThrow(TypeError);
    }
  });
});
