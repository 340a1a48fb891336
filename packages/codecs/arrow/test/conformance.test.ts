import type { Store } from '@spillway/core';
import { conformance, type Values } from '@spillway/core/conformance';
import { Dict } from '@spillway/dict';
import { LZ4 } from '@spillway/lz4';
import { Dictionary, Float64, Int32, type RecordBatch, Table, Utf8 } from 'apache-arrow';
import { Arrow } from '../src/index.js';
import { plainRows } from './plain-rows.js';
import { tableOf } from './table-of.js';

const columns = (rows: readonly number[]) => ({
  number: [new Float64(), rows] as const,
  text: [text, rows.map((row) => `row ${row}`)] as const,
});
const text = new Dictionary(new Utf8(), new Int32());

const batchesOf = (value: Table | RecordBatch) => (Table.isTable(value) ? value.batches : [value]);

/** Tables of one to five rows, each with a dictionary of its own. */
const tables: Values<Table | RecordBatch> = {
  make: (seed) => tableOf(columns(Array.from({ length: 1 + (seed % 5) }, (_, i) => seed + i / 8))),
  join: (parts) => new Table(parts.flatMap(batchesOf)),
  comparable: (value) => plainRows(value),
  scribble: (value) => {
    for (const { data } of batchesOf(value)) data.children[0]?.values.fill(Number.NaN);
  },
  wrong: [
    undefined,
    null,
    'text',
    7,
    1n,
    true,
    {},
    [],
    [1, 2],
    new Uint8Array(2),
    Promise.resolve(new Table()),
    () => new Table(),
    Symbol('table'),
  ],
};

conformance('Arrow(Dict())', () => Arrow(Dict()) as Store<Table | RecordBatch>, {
  layer: Arrow as (inner: Store) => Store<Table | RecordBatch>,
  framed: true,
  runs: 10,
  values: tables,
});

conformance('Arrow(LZ4(Dict()))', () => Arrow(LZ4(Dict())) as Store<Table | RecordBatch>, {
  runs: 10,
  values: tables,
});
