import type { Data } from 'apache-arrow';
import type { Body } from './body.js';

/**
 * A column in the making, for many slots at once. Rows are taken from one piece of a column after another:
 * `load` the piece, then `append` each slot's rows of it. The arena clears slots.
 *
 * Loading copies the piece into memory that is used again and again. Read in order, a piece comes at the speed
 * of memory; read in the order of partitions, each element would cost twice as much as it does from a cache.
 */
export interface Column {
  /** Buffers that get something for each row; each has at least a page for a slot that isn't empty. */
  readonly buffers: number;
  /** How many bytes the rows of a piece take at most. */
  measure(data: Data): number;
  /** Takes the rows that are to be appended. */
  load(data: Data): void;
  /**
   * Adds the rows loaded that `order` names from index `from` to `to`.
   *
   * @param before rows that the slot has already.
   */
  append(slot: number, order: Int32Array, from: number, to: number, before: number): void;
  /** Adds what the slot of a body has to it, which is so many rows. */
  layOut(body: Body, rows: number): void;
}
