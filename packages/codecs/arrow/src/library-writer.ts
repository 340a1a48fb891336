import {
  AsyncByteQueue,
  type RecordBatch,
  RecordBatchStreamWriter,
  type Schema,
} from 'apache-arrow';

/** An Arrow IPC stream as the library's writer writes it. */
export function writeStream(
  schema: Schema,
  batches: readonly RecordBatch[],
): readonly Uint8Array[] {
  const pieces = new Pieces();
  const writer = new RecordBatchStreamWriter();
  writer.reset(pieces, schema);
  for (const batch of batches) writer.write(batch);
  writer.finish();
  return pieces.written;
}

/** Where the library's writer puts what it writes. */
class Pieces extends AsyncByteQueue {
  readonly written: Uint8Array[] = [];

  override write(piece: Uint8Array): void {
    this.written.push(piece);
  }
}
