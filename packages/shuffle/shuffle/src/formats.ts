import { extname } from 'node:path';
import { quote } from '@spillway/core';
import type { Chunk, Kind } from './chunk.js';

/** How files of one kind are read. */
export interface Format {
  readonly kind: Kind;
  /** Reads a whole file. Parquet has none: it is read by row groups. */
  readonly read?: (path: string) => AsyncIterable<Chunk>;
}

// Readers are loaded when they are needed: threads that start wait for all that is loaded.
const ipc: Format = { kind: 'tables', read: later(async () => (await import('./ipc.js')).readIpc) };
const ndjson: Format = {
  kind: 'rows',
  read: later(async () => (await import('./ndjson.js')).readNdjson),
};
const csv: Format = { kind: 'rows', read: later(async () => (await import('./csv.js')).readCsv) };

const FORMATS: { readonly [extension: string]: Format } = {
  '.parquet': { kind: 'tables' },
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

function later(
  load: () => Promise<(path: string) => AsyncIterable<Chunk>>,
): (path: string) => AsyncIterable<Chunk> {
  return async function* (path) {
    const read = await load();
    yield* read(path);
  };
}
