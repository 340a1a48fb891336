import {
  Field,
  Float64,
  Int32,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';

/** A row as the tests compare it. */
export type PlainRow = { [column: string]: unknown };

/** Trips of `count` rows, from a few cities or many. */
export function trips(count: number, cities = 7, first = 0): Table {
  const rows = Array.from({ length: count }, (_, i) => first + i);
  return new Table({
    id: vectorFromArray(rows, new Int32()),
    city: vectorFromArray(
      rows.map((i) => `city ${(i * 31) % cities}`),
      new Utf8(),
    ),
    fare: vectorFromArray(
      rows.map((i) => i / 8),
      new Float64(),
    ),
  });
}

/** The rows of tables as plain objects. */
export function plain(table: Iterable<unknown>): PlainRow[] {
  return Array.from(table, (row) => ({ ...(row as PlainRow) }));
}

/** All rows of partitions, each by its key, in order. */
export async function collect<V extends Iterable<unknown>>(
  partitions: AsyncIterable<readonly [string, V]>,
): Promise<Map<string, PlainRow[]>> {
  const collected = new Map<string, PlainRow[]>();
  for await (const [key, value] of partitions) collected.set(key, plain(value));
  return collected;
}

/** Rows by a column, as partitions should have them. */
export function grouped(rows: readonly PlainRow[], column: string): Map<string, PlainRow[]> {
  const groups = new Map<string, PlainRow[]>();
  for (const row of rows) {
    const key = row[column] === null ? '%null' : String(row[column]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return groups;
}

/** Partitions in the order of their keys, rows in that of a column. */
export function sorted(
  partitions: Map<string, PlainRow[]>,
  column: string,
): [string, PlainRow[]][] {
  return [...partitions]
    .map(([key, rows]): [string, PlainRow[]] => [
      key,
      [...rows].sort((a, b) => Number(a[column]) - Number(b[column])),
    ])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** A batch of `count` rows with a column that is null in all of them. */
export function batchWithNulls(count: number): RecordBatch {
  const schema = new Schema([
    new Field('k', new Int32(), true),
    new Field('note', new Utf8(), true),
  ]);
  const children = [
    vectorFromArray(
      Array.from({ length: count }, (_, i) => i % 3),
      new Int32(),
    ).data[0],
    vectorFromArray(
      Array.from({ length: count }, () => null),
      new Utf8(),
    ).data[0],
  ];
  const data = makeData({
    type: new Struct(schema.fields),
    length: count,
    children: children as never,
  });
  return new RecordBatch(schema, data);
}
