import type { ValueCodec } from '@spillway/core';
import { RecordBatch, Table } from 'apache-arrow';
import { decode } from './decode.js';
import { decodeParts } from './decode-parts.js';
import { encodePieces } from './encode.js';

/**
 * Arrow tables as files, each one Arrow IPC stream. The extension is the one that Arrow's specification gives streams
 * (https://arrow.apache.org/docs/format/IPC.html); pyarrow, Polars, DuckDB and R read them. Reading gives a table over
 * the file's bytes.
 */
export const arrowFile: ValueCodec<Table> = {
  extension: 'arrows',
  dump(table) {
    if (!Table.isTable(table) && !RecordBatch.isRecordBatch(table)) {
      throw new TypeError('an Arrow file holds a table');
    }
    return encodePieces(table);
  },
  load: decode,
  stream: decodeParts,
};
