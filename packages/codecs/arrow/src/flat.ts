import { allocate } from '@spillway/core';
import { type Data, MessageHeader, MetadataVersion, type RecordBatch } from 'apache-arrow';
import { elementsOf, layoutOf } from './column.js';

/*
 * Messages of batches whose columns are all flat, as those of a shuffle mostly are. The library's writer takes 30 to
 * 60 µs for a batch however small it is; this one takes three. What it writes is laid out as the flatbuffers
 * https://github.com/apache/arrow/blob/main/format/Message.fbs has, each table behind its vtable:
 *
 * | byte | |
 * |---|---|
 * | 0 | the place of the Message |
 * | 4 | the Message's vtable |
 * | 16 | Message: version, header type, body length, header |
 * | 36 | the RecordBatch's vtable |
 * | 48 | RecordBatch: nodes, length, buffers |
 * | 68 | the number of nodes, and each one's length and nulls |
 * | 76 + 16 × nodes | the number of buffers, and each one's place and length |
 */

/** The continuation marker and the metadata's length. */
const PREFIX_BYTES = 8;
const FIXED_BYTES = 80;
const NODES_AT = 68;
const MESSAGE = Uint16Array.of(12, 20, 4, 6, 16, 8);
const RECORD_BATCH = Uint16Array.of(10, 20, 8, 4, 16);
/** Buffers of a body begin at multiples of this. */
const ALIGNMENT = 8;
const ZEROS = new Uint8Array(ALIGNMENT);
const NOTHING = new Uint8Array(0);

/** The pieces of a batch's message, as views of its columns; `undefined` for a batch that isn't flat. */
export function flatMessage(batch: RecordBatch): Uint8Array[] | undefined {
  const { children } = batch.data;
  if (batch.metadata.size > 0) return undefined;
  const buffers: Uint8Array[] = [];
  for (const column of children) if (!addBuffers(column, buffers)) return undefined;
  const metadata = new Metadata(batch.numRows, children.length, buffers.length);
  const pieces = [metadata.bytes];
  for (const column of children) metadata.addNode(column.length, column.nullCount);
  for (const buffer of buffers) {
    metadata.addBuffer(buffer.length);
    if (buffer.length > 0) pieces.push(buffer);
    const padding = -buffer.length & (ALIGNMENT - 1);
    if (padding > 0) pieces.push(ZEROS.subarray(0, padding));
  }
  metadata.end();
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

class Metadata {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  #node: number;
  #buffer: number;
  #bodyLength = 0;

  constructor(rows: number, nodes: number, buffers: number) {
    const length = FIXED_BYTES + 16 * (nodes + buffers);
    this.bytes = allocate(PREFIX_BYTES + length).fill(0);
    const prefix = new DataView(this.bytes.buffer, this.bytes.byteOffset);
    prefix.setInt32(0, -1, true);
    prefix.setInt32(4, length, true);
    const view = new DataView(this.bytes.buffer, this.bytes.byteOffset + PREFIX_BYTES);
    const buffersAt = NODES_AT + 8 + 16 * nodes;
    view.setUint32(0, 16, true);
    MESSAGE.forEach((value, i) => {
      view.setUint16(4 + 2 * i, value, true);
    });
    view.setInt32(16, 12, true);
    view.setInt16(20, MetadataVersion.V5, true);
    view.setUint8(22, MessageHeader.RecordBatch);
    view.setUint32(32, 16, true);
    RECORD_BATCH.forEach((value, i) => {
      view.setUint16(36 + 2 * i, value, true);
    });
    view.setInt32(48, 12, true);
    view.setUint32(52, NODES_AT - 52, true);
    view.setUint32(56, rows, true);
    view.setUint32(64, buffersAt - 64, true);
    view.setUint32(NODES_AT, nodes, true);
    view.setUint32(buffersAt, buffers, true);
    this.#view = view;
    this.#node = NODES_AT + 4;
    this.#buffer = buffersAt + 4;
  }

  addNode(length: number, nullCount: number): void {
    this.#view.setUint32(this.#node, length, true);
    this.#view.setUint32(this.#node + 8, nullCount, true);
    this.#node += 16;
  }

  addBuffer(length: number): void {
    setUint64(this.#view, this.#buffer, this.#bodyLength);
    setUint64(this.#view, this.#buffer + 8, length);
    this.#buffer += 16;
    this.#bodyLength += length + (-length & (ALIGNMENT - 1));
  }

  end(): void {
    setUint64(this.#view, 24, this.#bodyLength);
  }
}

function setUint64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value >>> 0, true);
  view.setUint32(at + 4, value / 2 ** 32, true);
}
