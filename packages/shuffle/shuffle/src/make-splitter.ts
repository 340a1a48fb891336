import type { EncodedBatch } from '@spillway/arrow/ipc';
import type { Store } from '@spillway/core';
import type { By } from '@spillway/partition';
import type { Kind, RowObject } from './chunk.js';
import { RowSplitter } from './row-splitter.js';
import type { Splitter } from './splitter.js';
import { TableSplitter } from './table-splitter.js';

/** A splitter that appends to a store of its kind. */
export function makeSplitter(kind: Kind, by: By, memory: number, store: Store<never>): Splitter {
  if (kind === 'rows') {
    const rows = store as unknown as Store<RowObject[]>;
    return new RowSplitter(by, memory, (entries) => rows.append(entries));
  }
  const tables = store as unknown as Store<EncodedBatch>;
  return new TableSplitter(by, memory, (entries) => tables.append(entries));
}
