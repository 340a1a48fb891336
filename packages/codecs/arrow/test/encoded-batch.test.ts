import { describe, expect, it } from '@jest/globals';
import type { Store } from '@spillway/core';
import { Dict } from '@spillway/dict';
import {
  Field,
  Float64,
  Int32,
  List,
  type RecordBatch,
  Schema,
  tableFromIPC,
  Utf8,
} from 'apache-arrow';
import { decode } from '../src/decode.js';
import {
  BatchEncoder,
  type BatchParts,
  type EncodedBatch,
  encodeBatch,
} from '../src/encoded-batch.js';
import { Arrow } from '../src/index.js';
import { rowsOf, tableOf } from './table-of.js';

const batch = tableOf({
  n: [new Int32(), [1, 2, null]],
  s: [new Utf8(), ['one', 'two', 'three']],
}).batches[0] as RecordBatch;

/** Its bytes, from some place on in memory that was used before. */
function bytesOf(encoded: EncodedBatch, at: number): Uint8Array {
  const memory = new Uint8Array(at + encoded.length + 8).fill(0xee);
  encoded.copyTo(memory, at);
  expect(memory.subarray(0, at).every((byte) => byte === 0xee)).toBe(true);
  expect(memory.subarray(at + encoded.length).every((byte) => byte === 0xee)).toBe(true);
  return memory.slice(at, at + encoded.length);
}

/** Rows `[[1.5], [], null, [2.5, -0]]` of one column. */
const parts: BatchParts & { readonly bytes: readonly Uint8Array[] } = {
  rows: 4,
  nodes: [4, 1, 3, 0],
  bytes: [
    Uint8Array.of(0b1011),
    new Uint8Array(Int32Array.of(0, 1, 1, 1, 3).buffer),
    new Uint8Array(0),
    new Uint8Array(Float64Array.of(1.5, 2.5, -0).buffer),
  ],
  get buffers() {
    return this.bytes.map(({ length }) => length);
  },
  copyBuffer(index, target, at) {
    target.set(this.bytes[index] as Uint8Array, at);
  },
};

describe('a batch encoded from its buffers', () => {
  const list = new List(new Field('item', new Float64(), true));
  const encoder = new BatchEncoder(new Schema([new Field('f', list, true)]));

  it.each([
    ['us', decode],
    ['the library', tableFromIPC],
  ] as const)('is read by %s, wherever its bytes are', (_, read) => {
    for (const at of [0, 8, 3]) {
      const table = read(bytesOf(encoder.encode(parts), at));
      expect(rowsOf(table)).toEqual([{ f: [1.5] }, { f: [] }, { f: null }, { f: [2.5, -0] }]);
    }
  });
});

describe('an encoded batch', () => {
  it('is a stream that any reader reads', () => {
    expect(rowsOf(tableFromIPC(bytesOf(encodeBatch(batch), 5)))).toEqual(
      rowsOf(tableFromIPC(bytesOf(encodeBatch(batch), 0))),
    );
  });

  it('is stored as the batch is, also beside others of its key', async () => {
    await using store = Arrow(Dict());
    const encoded = store as unknown as Store<EncodedBatch | RecordBatch>;
    await encoded.append([['one', encodeBatch(batch)]]);
    await encoded.append([
      ['three', encodeBatch(batch)],
      ['three', batch],
      ['three', encodeBatch(batch)],
    ]);
    const rows = [
      { n: 1, s: 'one' },
      { n: 2, s: 'two' },
      { n: null, s: 'three' },
    ];
    expect(rowsOf(await store.get('one'))).toEqual(rows);
    expect(rowsOf(await store.get('three'))).toEqual([...rows, ...rows, ...rows]);
  });
});
