import { quote, typeName } from '@spillway/core';
import type { RecordBatch, Table } from 'apache-arrow';
import { type Chunk, emptyBatch, isBatch, isTable, type Kind, type RowObject } from './chunk.js';
import { Files } from './files.js';
import { formatOf, type RowFile, type TableFile } from './formats.js';
import { Items } from './items.js';

type Tables = Iterable<Table | RecordBatch> | AsyncIterable<Table | RecordBatch>;
type Rows = Iterable<object> | AsyncIterable<object>;

/** What {@link shuffle} splits. */
export type Source = Table | RecordBatch | Tables | Rows | string | readonly string[];

/** What the partitions of a source hold; of paths whose ends the compiler doesn't know, either. */
export type Stored<S extends Source> = S extends
  | Table
  | RecordBatch
  | Tables
  | TableFile
  | readonly TableFile[]
  ? Table
  : S extends RowFile | readonly RowFile[]
    ? RowObject[]
    : S extends string | readonly string[]
      ? Table | RowObject[]
      : S extends Iterable<infer T> | AsyncIterable<infer T>
        ? T[]
        : never;

/** A source, opened. */
export interface Input {
  readonly kind: Kind;
  /** All rows there are, where the source tells. */
  readonly total: number | undefined;
  /** What comes one after the other, or files whose parts can be read side by side. */
  readonly content: AsyncIterable<Chunk> | Files;
  /** Lets go of the source, when it isn't read to its end. */
  close?(): Promise<void>;
}

/** Rows at once, so that progress is told and a signal heard. */
const BATCH_ROWS = 131_072;
const CHUNK_ROWS = 1024;

/**
 * Looks at what a source is.
 *
 * @param interrupted rejects when the job ends before its time.
 * @throws {TypeError} when it is none.
 */
export async function openSource(source: Source, interrupted: Promise<never>): Promise<Input> {
  if (typeof source === 'string') return openFiles([source]);
  if (isPaths(source)) return openFiles(source);
  if (isTable(source) || isBatch(source)) {
    return { kind: 'tables', total: source.numRows, content: tableParts(source) };
  }
  if (isIterable(source)) return openItems(new Items(source, interrupted));
  throw new TypeError(
    `shuffle takes a table, an iterable of tables or of rows, or paths, not ${typeName(source)}`,
  );
}

function openFiles(paths: readonly string[]): Input {
  const kinds = new Set(paths.map((path) => formatOf(path).kind));
  if (kinds.size > 1)
    throw new TypeError(`some of ${paths.map(quote).join(', ')} hold tables, others rows`);
  const files = new Files(paths);
  return {
    kind: [...kinds][0] as Kind,
    get total() {
      return files.total;
    },
    content: files,
    close: () => files.close(),
  };
}

/** The kind is that of the first item; of none, tables. */
async function openItems(items: Items): Promise<Input> {
  try {
    const first = await items.peek();
    const kind = first.done ? 'tables' : kindOf(first.value);
    const content = kind === 'tables' ? batchesOf(items) : chunksOf(items);
    return { kind, total: undefined, content, close: () => items.close() };
  } catch (error) {
    await items.close();
    throw error;
  }
}

async function* batchesOf(items: Items): AsyncGenerator<RecordBatch> {
  for (let item = await items.next(); !item.done; item = await items.next()) {
    requireKind(item.value, 'tables');
    yield* tableParts(item.value as Table | RecordBatch);
  }
}

async function* tableParts(table: Table | RecordBatch): AsyncGenerator<RecordBatch> {
  const batches = isTable(table) ? table.batches : [table];
  // The schema counts also where there are no rows.
  if (table.numRows === 0) yield emptyBatch(table.schema);
  for (const batch of batches) {
    for (let from = 0; from < batch.numRows; from += BATCH_ROWS)
      yield batch.numRows <= BATCH_ROWS ? batch : batch.slice(from, from + BATCH_ROWS);
  }
}

async function* chunksOf(items: Items): AsyncGenerator<readonly RowObject[]> {
  let rows: RowObject[] = [];
  for (;;) {
    // Items of a plain iterable are there at once: no promise for each of them.
    const next = items.next();
    const item = next instanceof Promise ? await next : next;
    if (item.done) break;
    requireKind(item.value, 'rows');
    rows.push(item.value as RowObject);
    if (rows.length < CHUNK_ROWS) continue;
    yield rows;
    rows = [];
  }
  if (rows.length > 0) yield rows;
}

function requireKind(item: unknown, kind: Kind): void {
  if (kindOf(item) === kind) return;
  throw new TypeError(
    `the source begins with ${kind} and goes on with ${typeName(item)}; shuffle takes one kind at a time`,
  );
}

/** @throws {TypeError} for what is neither a table nor a row. */
function kindOf(item: unknown): Kind {
  if (isTable(item) || isBatch(item)) return 'tables';
  if (typeof item === 'object' && item !== null && !Array.isArray(item)) return 'rows';
  throw new TypeError(
    `shuffle takes tables, record batches or row objects, not an iterable of ${typeName(item)}`,
  );
}

function isPaths(source: Source): source is readonly string[] {
  return Array.isArray(source) && typeof source[0] === 'string';
}

function isIterable(source: unknown): source is Iterable<unknown> | AsyncIterable<unknown> {
  return (
    typeof source === 'object' &&
    source !== null &&
    (Symbol.iterator in source || Symbol.asyncIterator in source)
  );
}
