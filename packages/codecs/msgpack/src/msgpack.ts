import { Encode, quote, SchemaError, type Store, typeName } from '@spillway/core';
import { Packr } from 'msgpackr';
import { fromGraph, toGraph } from './graph.js';
import { isPlain } from './plain.js';
import { checkStructure } from './structure.js';

/**
 * Rows as MessagePack (https://github.com/msgpack/msgpack/blob/master/spec.md): values are arrays, joined by
 * concatenation, and hold whatever `structuredClone` takes.
 *
 * Each frame is one MessagePack array. A batch of plain values (null, booleans, numbers, bigints of 64 bits,
 * strings, dates, bytes, arrays and objects) is written so that any reader of MessagePack understands it;
 * any other batch is an array of one extension, {@link GRAPH}.
 *
 * @param store the byte store to wrap.
 * @typeParam T what the arrays hold; stored bytes are not checked against it.
 * @throws {TypeError} when `store` holds no bytes.
 */
export function Msgpack<T = unknown>(store: Store): Store<T[]> {
  return Encode<T[]>(
    { name: 'Msgpack', check: checkArray, encode, decode: decode<T>, join },
    store,
  );
}

/** The extension type of a batch that isn't plain; its data are a graph in MessagePack. */
const GRAPH = 0x53;

/** `array of 1`, `ext 32`, the length in four bytes, the type. */
const GRAPH_HEADER_BYTES = 7;

const packr = new Packr({
  useRecords: false,
  structuredClone: false,
  useToJSON: false,
  variableMapSize: true,
  copyBuffers: true,
});

/** msgpackr writes into memory that it keeps; more than this, in bytes, it may not. */
const KEPT = 2 ** 20;

/** What msgpackr begins with. Where there are Node's `Buffer`s, it expects one. */
const newMemory = () => globalThis.Buffer?.allocUnsafeSlow(2 ** 13) ?? new Uint8Array(2 ** 13);

function checkArray(value: unknown, key: string): void {
  if (!Array.isArray(value)) {
    throw new SchemaError(
      `the value of key ${quote(key)} must be an array, not ${typeName(value)}`,
      { key },
    );
  }
}

function encode(rows: unknown[]): Uint8Array {
  return isPlain(rows) ? pack(rows) : packGraph(rows);
}

function pack(value: unknown): Uint8Array {
  const packed = packr.pack(value);
  if (packed.buffer.byteLength > KEPT) packr.useBuffer(newMemory());
  return packed;
}

function packGraph(rows: unknown[]): Uint8Array {
  const data = pack(toGraph(rows));
  const packed = new Uint8Array(GRAPH_HEADER_BYTES + data.length);
  packed.set([0x91, 0xc9]);
  new DataView(packed.buffer).setUint32(2, data.length);
  packed[6] = GRAPH;
  packed.set(data, GRAPH_HEADER_BYTES);
  return packed;
}

function decode<T>(payload: Uint8Array): T[] {
  const graph = payload[0] === 0x91 && payload[1] === 0xc9 && payload[6] === GRAPH;
  const data = plainView(payload, graph ? GRAPH_HEADER_BYTES : 0);
  if (graph && data.length !== new DataView(payload.buffer, payload.byteOffset).getUint32(2)) {
    throw new RangeError('its graph has another length than it says');
  }
  checkStructure(data);
  const rows = packr.unpack(data) as unknown[];
  if (!graph) return rows as T[];
  const root = fromGraph(rows);
  if (!Array.isArray(root)) throw new TypeError('its graph is of no array');
  return root as T[];
}

/** Not a Node `Buffer`, so that the bytes inside aren't either. */
function plainView({ buffer, byteOffset, length }: Uint8Array, from: number): Uint8Array {
  return new Uint8Array(buffer, byteOffset + from, length - from);
}

function join<T>(batches: T[][]): T[] {
  if (batches.length === 1) return batches[0] as T[];
  const rows: T[] = [];
  for (const batch of batches) for (const row of batch) rows.push(row);
  return rows;
}
