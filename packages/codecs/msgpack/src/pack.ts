import { Packr } from 'msgpackr';
import { checkStructure } from './structure.js';

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

/** A value in MessagePack's own types. */
export function pack(value: unknown): Uint8Array {
  const packed = packr.pack(value);
  if (packed.buffer.byteLength > KEPT) packr.useBuffer(newMemory());
  return packed;
}

/** What {@link pack} was given. @throws {Error} unless the bytes are one whole value. */
export function unpack(bytes: Uint8Array): unknown {
  checkStructure(bytes);
  return packr.unpack(bytes);
}

/** Not a Node `Buffer`, so that the bytes inside aren't either. */
export function plainView({ buffer, byteOffset, length }: Uint8Array, from: number): Uint8Array {
  return new Uint8Array(buffer, byteOffset + from, length - from);
}
