import { extname } from 'node:path';
import { quote } from '@spillway/core';
import type { Chunk, Kind } from './chunk.js';
import { readCsv } from './csv.js';
import { readIpc } from './ipc.js';
import { readNdjson } from './ndjson.js';

/** How files of one kind are read. */
export interface Format {
  readonly kind: Kind;
  /** Reads a whole file. Parquet has none: it is read by row groups. */
  readonly read?: (path: string) => AsyncIterable<Chunk>;
}

const ipc: Format = { kind: 'tables', read: readIpc };
const ndjson: Format = { kind: 'rows', read: readNdjson };

const FORMATS: { readonly [extension: string]: Format } = {
  '.parquet': { kind: 'tables' },
  '.arrow': ipc,
  '.arrows': ipc,
  '.feather': ipc,
  '.csv': { kind: 'rows', read: readCsv },
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
