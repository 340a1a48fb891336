import type { ValueCodec } from '@spillway/core';
import { isExtension, packExtension, unpackExtension } from './extension.js';
import { pack, plainView, unpack } from './pack.js';
import { isPlain } from './plain.js';
import { fileOfView, viewOfFile } from './view-file.js';

/**
 * Values as MessagePack files, one value each: whatever `structuredClone` takes. A plain value is MessagePack that any
 * reader understands; any other is one extension, as in {@link Msgpack}, of an array that holds the value.
 */
export const msgpackFile = { extension: 'msgpack', dump, load } satisfies ValueCodec;

/** A view of less than this is copied rather than written as a piece of its own, in bytes. */
const LARGE = 2 ** 12;

function dump(value: unknown): Uint8Array | readonly Uint8Array[] {
  if (ArrayBuffer.isView(value) && value.byteLength >= LARGE) return fileOfView(value);
  return isPlain(value) ? pack(value) : packExtension([value]);
}

function load<V = unknown>(bytes: Uint8Array): V {
  const view = viewOfFile(bytes);
  if (view !== undefined) return view as V;
  if (!isExtension(bytes, 0)) return unpack(plainView(bytes, 0)) as V;
  const [value] = unpackExtension(bytes, 0);
  return value as V;
}
