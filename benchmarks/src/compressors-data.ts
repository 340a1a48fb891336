import { openAsBlob } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Table, tableFromIPC, tableToIPC } from 'apache-arrow';
import { ParquetFile } from 'parquet-wasm';
import { Dict, Msgpack, splitFrames } from 'spillway';

const FLIGHTS = fileURLToPath(
  new URL('../data/flights-3m.parquet', import.meta.resolve('vega-datasets')),
) as `${string}.parquet`;

/** What a compressor gets, by the codec that made it. */
export interface Data {
  readonly name: 'JSON' | 'Msgpack' | 'Arrow' | 'TypedArray' | 'Measurements';
  readonly bytes: Uint8Array;
  /** Bytes of an element, for Blosc. */
  readonly typesize: number;
}

/** At least 16 MiB of the flights in each form that a codec hands to a compressor, and of doubles as sensors give. */
export async function flights(): Promise<Data[]> {
  const file = await ParquetFile.fromFile(await openAsBlob(FLIGHTS));
  const table = tableFromIPC((await file.read({ limit: 700_000 })).intoIPCStream());
  const rows = rowsOf(table, 300_000);
  return [
    { name: 'JSON', bytes: new TextEncoder().encode(JSON.stringify(rows)), typesize: 1 },
    { name: 'Msgpack', bytes: await packed(rows), typesize: 1 },
    { name: 'Arrow', bytes: tableToIPC(table, 'stream'), typesize: 4 },
    { name: 'TypedArray', bytes: numbersOf(table), typesize: 8 },
    { name: 'Measurements', bytes: randomWalk(2 ** 21), typesize: 8 },
  ];
}

function rowsOf(table: Table, count: number): object[] {
  const names = table.schema.fields.map(({ name }) => name);
  const columns = names.map((name) => [...(table.getChild(name)?.slice(0, count) ?? [])]);
  return Array.from({ length: count }, (_, row) =>
    Object.fromEntries(names.map((name, i) => [name, plain(columns[i]?.[row])])),
  );
}

function plain(value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}

async function packed(rows: readonly object[]): Promise<Uint8Array> {
  await using inner = Dict();
  await Msgpack(inner).append({ rows: [...rows] });
  return splitFrames(await inner.get('rows'), 'rows')[0] as Uint8Array;
}

/** The columns of numbers, one after the other, as doubles. */
function numbersOf(table: Table): Uint8Array {
  const columns = ['date', 'delay', 'distance'].map((name) =>
    Float64Array.from(table.getChild(name) ?? [], Number),
  );
  const length = columns.reduce((sum, column) => sum + column.length, 0);
  const all = new Float64Array(length);
  let at = 0;
  for (const column of columns) {
    all.set(column, at);
    at += column.length;
  }
  return new Uint8Array(all.buffer);
}

/** Doubles of which each differs a little from the one before, in all its digits. */
function randomWalk(length: number): Uint8Array {
  const walk = new Float64Array(length);
  let state = 1;
  let height = 0;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    height += state / 2 ** 32 - 0.5;
    walk[i] = height;
  }
  return new Uint8Array(walk.buffer);
}

/** Values of a size, from all over the data, as many as `bytes` hold, but at least one. */
export function valuesOf({ bytes }: Data, size: number, total: number): Map<string, Uint8Array> {
  const count = Math.max(1, Math.min(Math.floor(total / size), Math.floor(bytes.length / size)));
  const stride = Math.floor(bytes.length / count);
  return new Map(
    Array.from({ length: count }, (_, i) => [
      `value-${i}`,
      Uint8Array.from(bytes.subarray(i * stride, i * stride + size)),
    ]),
  );
}
