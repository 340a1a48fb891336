import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { CorruptError, quote, SchemaError } from '@spillway/core';
import { storageError } from '@spillway/core/node';
import { CsvError, parse } from 'csv-parse';
import type { RowObject } from './chunk.js';
import { chunked } from './chunked.js';
import { MAX_ROW_BYTES } from './ndjson.js';

/**
 * The rows of a CSV file (RFC 4180) by the names in its first line; all values are text.
 *
 * `csv-parse` is part of a project kept since 2010, has no dependencies, and tells the line of every fault.
 *
 * @throws {StorageError} @throws {CorruptError} naming the file and the line, also for rows of another length.
 * @throws {SchemaError} when two columns have one name.
 */
export async function* readCsv(path: string): AsyncGenerator<readonly RowObject[]> {
  const parser = parse({
    bom: true,
    columns: (names: string[]) => requireDistinct(names, path),
    max_record_size: MAX_ROW_BYTES,
    record_delimiter: ['\r\n', '\n'],
    skip_empty_lines: true,
  });
  // Errors of the file reach the reader of the parser, too.
  pipeline(createReadStream(path), parser, () => {});
  try {
    yield* chunked(parser as AsyncIterable<RowObject>);
  } catch (error) {
    if (!(error instanceof CsvError)) throw storageError(error, 'read', path);
    throw new CorruptError(`${path}, line ${String(error.lines)}: ${error.message}`, {
      path,
      cause: error,
    });
  }
}

function requireDistinct(names: readonly string[], path: string): string[] {
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return [...names];
  throw new SchemaError(`${path} has two columns with the name ${quote(twice)}`, {
    field: twice,
    path,
  });
}
