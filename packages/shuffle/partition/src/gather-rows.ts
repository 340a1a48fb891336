import { type Data, type DataType, Field } from 'apache-arrow';
import { Arena } from './arena.js';
import { Body } from './body.js';
import type { Column } from './column.js';
import { loadBody } from './load-body.js';

/** Rows of a column. */
export interface Rows {
  readonly data: Data;
  /** The numbers of the rows wanted, in their order. */
  readonly order: Int32Array;
}

const PAGE_BYTES = 1024;

/**
 * Copies rows of columns of one type into one column, whose memory is its own.
 *
 * @param make makes a column of the type in an arena.
 */
export function gatherRows(
  type: DataType,
  pieces: readonly Rows[],
  make: (arena: Arena) => Column,
): Data {
  const measured = new Arena({ pages: 0, pageBytes: PAGE_BYTES, slots: 1 });
  const measure = make(measured);
  const bytes = pieces.reduce((sum, { data }) => sum + measure.measure(data), 0);
  const pages = Math.ceil(bytes / PAGE_BYTES) + measured.streams;
  const column = make(new Arena({ pages, pageBytes: PAGE_BYTES, slots: 1 }));
  let rows = 0;
  for (const { data, order } of pieces) {
    column.load(data);
    column.append(0, order, 0, order.length, rows);
    rows += order.length;
  }
  const body = new Body(0, rows);
  column.layOut(body, rows);
  return loadBody([new Field('values', type)], body)[0] as Data;
}
