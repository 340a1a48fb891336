import type { ValueCodec } from '@spillway/core';
import { extensionHeader, isExtension, packExtension, unpackExtension } from './extension.js';
import { kindName } from './kinds.js';
import { pack, plainView, unpack } from './pack.js';
import { isPlain } from './plain.js';

/**
 * Values as MessagePack files, one value each: whatever `structuredClone` takes. A plain value is MessagePack that any
 * reader understands; any other is one extension, as in {@link Msgpack}, of an array that holds the value.
 */
export const msgpackFile = { extension: 'msgpack', dump, load } satisfies ValueCodec;

/** A view of less than this is copied rather than written as a piece of its own, in bytes. */
const LARGE = 2 ** 12;

function dump(value: unknown): Uint8Array | readonly Uint8Array[] {
  if (ArrayBuffer.isView(value) && value.byteLength >= LARGE) return dumpView(value);
  return isPlain(value) ? pack(value) : packExtension([value]);
}

/** The same bytes as of any value, without a copy of the view's. */
function dumpView(view: ArrayBufferView): readonly Uint8Array[] {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  if (view instanceof Uint8Array) return [binaryHeader(bytes.length), bytes];
  // What `toGraph([view])` gives, up to the bytes: none of them are `bin 8` and a length of 0.
  const nodes = pack([
    ['Array', [1]],
    [kindName(view), new Uint8Array(0)],
  ]).slice(0, -2);
  const header = binaryHeader(bytes.length);
  return [extensionHeader(nodes.length + header.length + bytes.length), nodes, header, bytes];
}

/** `bin 32`, the length in four bytes. */
function binaryHeader(bytes: number): Uint8Array {
  const header = new Uint8Array(5);
  header[0] = 0xc6;
  new DataView(header.buffer).setUint32(1, bytes);
  return header;
}

function load<V = unknown>(bytes: Uint8Array): V {
  if (!isExtension(bytes, 0)) return unpack(plainView(bytes, 0)) as V;
  const [value] = unpackExtension(bytes, 0);
  return value as V;
}
