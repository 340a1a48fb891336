import { fromGraph, toGraph } from './graph.js';
import { pack, plainView, unpack } from './pack.js';

/** The extension type of what isn't plain; its data are a graph in MessagePack. */
const GRAPH = 0x53;

/** `ext 32`, the length in four bytes, the type. */
export const EXTENSION_HEADER_BYTES = 6;

/** An array as an extension. @throws {TypeError} for what `structuredClone` doesn't take either. */
export function packExtension(array: readonly unknown[]): [header: Uint8Array, data: Uint8Array] {
  const data = pack(toGraph(array));
  return [extensionHeader(data.length), data];
}

/** The beginning of an extension of so many bytes. */
export function extensionHeader(bytes: number): Uint8Array {
  const header = new Uint8Array(EXTENSION_HEADER_BYTES);
  header[0] = 0xc9;
  new DataView(header.buffer).setUint32(1, bytes);
  header[5] = GRAPH;
  return header;
}

/** Whether an extension begins at `at`. */
export function isExtension(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0xc9 && bytes[at + EXTENSION_HEADER_BYTES - 1] === GRAPH;
}

/** The array of the extension that begins at `at`. @throws {Error} when it is none, or anything follows it. */
export function unpackExtension(bytes: Uint8Array, at: number): unknown[] {
  const data = plainView(bytes, at + EXTENSION_HEADER_BYTES);
  if (data.length !== new DataView(bytes.buffer, bytes.byteOffset).getUint32(at + 1)) {
    throw new RangeError('its graph has another length than it says');
  }
  const nodes = unpack(data);
  if (!Array.isArray(nodes)) throw new TypeError('its graph is no array');
  const root = fromGraph(nodes);
  if (!Array.isArray(root)) throw new TypeError('its graph is of no array');
  return root;
}
