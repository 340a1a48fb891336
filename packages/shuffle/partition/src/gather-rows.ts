import type { Data } from 'apache-arrow';
import { Arena, outputBytes } from './arena.js';
import type { Column } from './column.js';

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
export function gatherRows(pieces: readonly Rows[], make: (arena: Arena) => Column): Data {
  const measured = new Arena({ pages: 0, pageBytes: PAGE_BYTES, slots: 1, outputBytes: 0 });
  const measure = make(measured);
  const bytes = pieces.reduce((sum, { data }) => sum + measure.measure(data), 0);
  const pages = Math.ceil(bytes / PAGE_BYTES) + measured.streams;
  const arena = new Arena({
    pages,
    pageBytes: PAGE_BYTES,
    slots: 1,
    outputBytes: outputBytes(pages * PAGE_BYTES, measured.streams),
  });
  const column = make(arena);
  let rows = 0;
  for (const { data, order } of pieces) {
    column.load(data);
    column.append(0, order, 0, order.length, rows);
    rows += order.length;
  }
  return column.finish(0, rows);
}
