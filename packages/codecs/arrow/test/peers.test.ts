import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { CorruptError, frame } from '@spillway/core';
import { Dict } from '@spillway/dict';
import type { Table } from 'apache-arrow';
import { Arrow } from '../src/index.js';
import { plainRows } from './plain-rows.js';
import { rowsOf } from './table-of.js';

/** A stream that peers/write.py made with pyarrow 25. */
const stream = (name: string) => readFileSync(new URL(`./peers/${name}.arrows`, import.meta.url));

async function read(name: string): Promise<Table> {
  await using inner = Dict();
  await inner.append({ k: frame(stream(name)) });
  return Arrow(inner).get('k');
}

describe('streams of other writers', () => {
  it('are read', async () => {
    const rows = rowsOf(await read('plain')) as { [name: string]: unknown }[];
    expect(rows.length).toBe(40);
    expect(rows[7]).toMatchObject({
      bool: null,
      int8: -13,
      int64: 7n * 10n ** 15n,
      uint64: 2n ** 64n - 8n,
      double: 0.875,
      date: Date.UTC(2020, 0, 8),
      text: 'text text text 7',
      large: 'é'.repeat(7),
      binary: Uint8Array.of(7, 7, 7),
      list: Int32Array.of(0, 1, 2),
      struct: { a: 7n, b: '7' },
      map: { k: 7 },
      dictionary: 'value 1',
    });
  });

  it.each(['lz4', 'zstd', 'legacy', 'version-4'])('are read: %s', async (name) => {
    expect(plainRows(await read(name))).toEqual(plainRows(await read('plain')));
  });

  it.each(['deltas', 'replacements'])('are read with dictionary %s, which stay', async (name) => {
    const table = await read(name);
    const values = (from: Table) => rowsOf(from).map((row) => (row as { d: unknown }).d);
    expect(values(table)).toEqual(['a', 'b', 'b', 'c', null, 'd', 'a']);
    expect(String(table.schema.fields[0]?.type)).toBe('Dictionary<Int32, Utf8>');
    await using store = Arrow(Dict());
    await store.append({ k: table });
    const again = await store.get('k');
    expect(values(again)).toEqual(values(table));
    expect(String(again.schema)).toBe(String(table.schema));
  });

  it('are read with views', async () => {
    expect(rowsOf(await read('views'))).toEqual([
      { v: 'short' },
      { v: null },
      { v: 'longer than twelve bytes' },
      { v: 'another one that is longer' },
    ]);
  });

  it.each([
    ['run-ends', "kind 22, which apache-arrow doesn't read"],
    ['two-alike', 'two columns are called "x"'],
  ])("are refused where the library can't read them: %s", async (name, reason) => {
    await expect(read(name)).rejects.toThrow(reason);
    await expect(read(name)).rejects.toBeInstanceOf(CorruptError);
    await expect(read(name)).rejects.toMatchObject({ key: 'k', frame: 0 });
  });
});
