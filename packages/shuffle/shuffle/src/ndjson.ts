import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { CorruptError, typeName } from '@spillway/core';
import { storageError, systemCode } from '@spillway/core/node';
import split from 'split2';
import type { RowObject } from './chunk.js';
import { chunked } from './chunked.js';

/** No row may take more bytes. */
export const MAX_ROW_BYTES = 64 * 2 ** 20;

/**
 * The rows of a file with a JSON object in each line; empty lines are skipped.
 *
 * `split2` cuts at line feeds and nowhere else. (Node's `readline` also cuts at U+2028, which JSON texts may hold.)
 *
 * @throws {StorageError} @throws {CorruptError} naming the file and the line.
 */
export async function* readNdjson(path: string): AsyncGenerator<readonly RowObject[]> {
  const lines = split(/\r?\n/, { maxLength: MAX_ROW_BYTES });
  pipeline(createReadStream(path), lines, () => {});
  try {
    yield* chunked(rows(lines, path));
  } catch (error) {
    throw storageError(error, 'read', path);
  }
}

async function* rows(lines: AsyncIterable<string>, path: string): AsyncGenerator<RowObject> {
  let number = 0;
  try {
    for await (const line of lines) {
      number++;
      if (line !== '') yield parse(line);
    }
  } catch (cause) {
    if (systemCode(cause) !== undefined) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CorruptError(`${path}, line ${number}: ${reason}`, { path, cause });
  }
}

function parse(line: string): RowObject {
  const row: unknown = JSON.parse(line);
  if (typeof row === 'object' && row !== null && !Array.isArray(row)) return row as RowObject;
  throw new TypeError(`a row must be an object, not ${typeName(row)}`);
}
