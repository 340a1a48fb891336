import { allocate } from '@spillway/core';
import type { Data, RecordBatch } from 'apache-arrow';
import { BatchLayout, paddingOf } from './batch-layout.js';
import { elementsOf, layoutOf } from './column.js';

const ZEROS = new Uint8Array(8);
const NOTHING = new Uint8Array(0);

/** The pieces of the message of a batch whose columns are all flat, as views of them; `undefined` for any other. */
export function flatMessage(batch: RecordBatch): Uint8Array[] | undefined {
  const { children } = batch.data;
  if (batch.metadata.size > 0) return undefined;
  const buffers: Uint8Array[] = [];
  for (const column of children) if (!addBuffers(column, buffers)) return undefined;
  const layout = new BatchLayout(children.length, buffers.length);
  const message = allocate(layout.length);
  const nodes = children.flatMap(({ length, nullCount }) => [length, nullCount]);
  const lengths = buffers.map(({ length }) => length);
  layout.write(message, 0, batch.numRows, nodes, lengths);
  const pieces = [message];
  for (const buffer of buffers) {
    if (buffer.length > 0) pieces.push(buffer);
    const padding = paddingOf(buffer.length);
    if (padding > 0) pieces.push(ZEROS.subarray(0, padding));
  }
  return pieces;
}

/** Adds the buffers of a column that begins at its first bit and byte; `false` for any other. */
function addBuffers(column: Data, buffers: Uint8Array[]): boolean {
  const { type, length, nullCount, offset } = column;
  const layout = layoutOf(type);
  if (layout === 'null') return true;
  if (nullCount > 0 && offset > 0) return false;
  const bitmapBytes = (length + 7) >> 3;
  buffers.push(nullCount > 0 ? column.nullBitmap.subarray(0, bitmapBytes) : NOTHING);
  if (layout === 'fixed') {
    const { values } = column;
    buffers.push(bytesOf(values, length * elementsOf(type)));
    return true;
  }
  if (layout === 'bits') {
    buffers.push(column.values.subarray(0, bitmapBytes));
    return offset === 0;
  }
  const { valueOffsets } = column;
  if (layout !== 'bytes' || Number(valueOffsets[0]) !== 0) return false;
  buffers.push(bytesOf(valueOffsets, length + 1));
  buffers.push(column.values.subarray(0, Number(valueOffsets[length])));
  return true;
}

function bytesOf(elements: Data['values'], count: number): Uint8Array {
  const { buffer, byteOffset, BYTES_PER_ELEMENT } = elements;
  return new Uint8Array(buffer, byteOffset, count * BYTES_PER_ELEMENT);
}
