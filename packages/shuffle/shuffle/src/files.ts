import { extname } from 'node:path';
import { quote } from '@spillway/core';
import type { Chunk, Kind } from './chunk.js';
import { readCsv } from './csv.js';
import { readIpc } from './ipc.js';
import { readNdjson } from './ndjson.js';
import { parquetShares, readParquet } from './parquet.js';

/** A part of a file that can be read without the others. */
export interface Share {
  readonly path: string;
  /** Of a Parquet file, one row group. */
  readonly rowGroup?: number;
}

/** How files of one kind are read. */
interface Format {
  readonly kind: Kind;
  /** Its parts, and how many rows they have, where it tells; otherwise it is read whole. */
  readonly shares?: (path: string) => Promise<Shares>;
  readonly read: (share: Share) => AsyncIterable<Chunk>;
}

/** Parts of files. */
export interface Shares {
  readonly shares: readonly Share[];
  readonly total: number | undefined;
}

const parquet: Format = { kind: 'tables', shares: parquetShares, read: readParquet };
const ipc: Format = { kind: 'tables', read: ({ path }) => readIpc(path) };
const csv: Format = { kind: 'rows', read: ({ path }) => readCsv(path) };
const ndjson: Format = { kind: 'rows', read: ({ path }) => readNdjson(path) };

const FORMATS: { readonly [extension: string]: Format } = {
  '.parquet': parquet,
  '.arrow': ipc,
  '.arrows': ipc,
  '.feather': ipc,
  '.csv': csv,
  '.ndjson': ndjson,
  '.jsonl': ndjson,
};

/** A path of a file whose rows are tables. */
export type TableFile = `${string}.${'parquet' | 'arrow' | 'arrows' | 'feather'}`;

/** A path of a file whose rows are objects. */
export type RowFile = `${string}.${'csv' | 'ndjson' | 'jsonl'}`;

/** @throws {TypeError} when the path's extension is of no format known here. */
export function formatOf(path: string): Format {
  const format = FORMATS[extname(String(path)).toLowerCase()];
  if (format) return format;
  throw new TypeError(
    `shuffle reads files that end in ${Object.keys(FORMATS).join(', ')}, not ${quote(String(path))}`,
  );
}

/** The parts of files, which together are all of them. */
export async function sharesOf(paths: readonly string[]): Promise<Shares> {
  const each: Shares[] = [];
  for (const path of paths) {
    const whole = { shares: [{ path }], total: undefined };
    each.push((await formatOf(path).shares?.(path)) ?? whole);
  }
  const total = each.reduce<number | undefined>(
    (sum, { total }) => (sum === undefined || total === undefined ? undefined : sum + total),
    0,
  );
  return { shares: each.flatMap(({ shares }) => shares), total };
}

/** The rows of a part. */
export function readShare(share: Share): AsyncIterable<Chunk> {
  return formatOf(share.path).read(share);
}
