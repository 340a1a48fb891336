import { type RecordBatch, Table, tableToIPC } from 'apache-arrow';

/** An Arrow IPC stream of a table or record batch. */
export function encode(value: Table | RecordBatch): Uint8Array {
  return tableToIPC(Table.isTable(value) ? value : new Table([value]));
}
