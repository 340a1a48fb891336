import type { RowObject } from './chunk.js';

/** Rows at once. */
const CHUNK_ROWS = 1024;

/** Rows in chunks. */
export async function* chunked(
  rows: AsyncIterable<RowObject>,
): AsyncGenerator<readonly RowObject[]> {
  let chunk: RowObject[] = [];
  for await (const row of rows) {
    if (chunk.push(row) < CHUNK_ROWS) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}
