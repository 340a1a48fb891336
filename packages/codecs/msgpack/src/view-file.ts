import { EXTENSION_HEADER_BYTES, extensionHeader, isExtension } from './extension.js';
import { kindName, VIEWS } from './kinds.js';
import { pack, plainView } from './pack.js';

/**
 * Typed arrays and bytes as files that are written and read without a copy. They are what any reader of such files
 * reads: bytes as MessagePack's own, any other view as a graph, whose bytes come last and begin at a multiple of 8.
 */
export function fileOfView(view: ArrayBufferView): readonly Uint8Array[] {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const header = binaryHeader(bytes.length);
  if (view instanceof Uint8Array) return [header, bytes];
  const nodes = nodesBefore(kindName(view));
  return [extensionHeader(nodes.length + header.length + bytes.length), nodes, header, bytes];
}

/** The value of such a file, over its bytes; `undefined` when it is of another form. */
export function viewOfFile(file: Uint8Array): unknown {
  if (!isExtension(file, 0)) return binaryAlone(file);
  for (const View of VIEWS) {
    const nodes = nodesBefore(View.name);
    if (!nodes.every((byte, i) => file[EXTENSION_HEADER_BYTES + i] === byte)) continue;
    const bytes = binaryAlone(plainView(file, EXTENSION_HEADER_BYTES + nodes.length));
    if (bytes === undefined || !isWhole(file)) return undefined;
    const { BYTES_PER_ELEMENT: size = 1 } = View;
    if (bytes.length % size !== 0) return undefined;
    const { buffer, byteOffset } = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
    return new View(buffer as ArrayBuffer, byteOffset, bytes.length / size);
  }
  return undefined;
}

const known = new Map<string, Uint8Array>();

/**
 * A graph up to the bytes of its last node, a view: the root, which refers to that one, and one between them that
 * nothing refers to, of such a length that the bytes begin at a multiple of 8.
 */
function nodesBefore(kind: string): Uint8Array {
  let nodes = known.get(kind);
  for (let padding = 0; nodes === undefined; padding++) {
    const graph = [
      ['Array', [2]],
      ['String', ' '.repeat(padding)],
      [kind, new Uint8Array(0)],
    ];
    // Without bytes it ends in `bin 8` and their length.
    const begun = pack(graph).slice(0, -2);
    if ((EXTENSION_HEADER_BYTES + begun.length + BINARY_HEADER_BYTES) % 8 === 0) nodes = begun;
  }
  known.set(kind, nodes);
  return nodes;
}

/** `bin 32`, the length in four bytes. */
const BINARY_HEADER_BYTES = 5;

function binaryHeader(bytes: number): Uint8Array {
  const header = new Uint8Array(BINARY_HEADER_BYTES);
  header[0] = 0xc6;
  new DataView(header.buffer).setUint32(1, bytes);
  return header;
}

/** Bytes with nothing before and after them, as a view. */
function binaryAlone(file: Uint8Array): Uint8Array | undefined {
  // `bin 8`, `bin 16` or `bin 32`: the length in one, two or four bytes.
  const begin = 1 + 2 ** ((file[0] ?? 0) - 0xc4);
  if (begin !== 2 && begin !== 3 && begin !== 5) return undefined;
  let length = 0;
  for (let i = 1; i < begin; i++) length = length * 256 + (file[i] ?? 0);
  return length === file.length - begin ? plainView(file, begin) : undefined;
}

function isWhole(file: Uint8Array): boolean {
  const { buffer, byteOffset, length } = file;
  return new DataView(buffer, byteOffset).getUint32(1) === length - EXTENSION_HEADER_BYTES;
}
