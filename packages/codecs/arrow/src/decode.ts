import { type Table, tableFromIPC } from 'apache-arrow';

/** The table of an Arrow IPC stream, as views of its bytes. */
export function decode(payload: Uint8Array): Table {
  return tableFromIPC(new Uint8Array(payload.buffer, payload.byteOffset, payload.length));
}
