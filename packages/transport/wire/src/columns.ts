import { isAscii, isUtf8 } from 'node:buffer';
import { checkKey, MAX_KEY_BYTES, type PackedValues, ProtocolError } from '@spillway/core';
import { asBuffer, type Body } from './body.js';
import type { Frames } from './header.js';
import { ATTACHED_BYTES } from './protocol.js';

/** The keys, the values, or both, of one message; `values[i]` belongs to `keys[i]`. */
export interface Columns {
  readonly keys?: readonly string[] | undefined;
  readonly values?: readonly Uint8Array[] | undefined;
}

/** Gives memory of exactly `bytes` bytes, with any contents. */
export type Allocate = (bytes: number) => Buffer;

/** A message as it is sent: what everything begins with, and large values. */
export type Packed = [frame: Buffer, ...attached: Uint8Array[]];

/**
 * Packs keys, then values, of a reply behind room for its header. One allocation, one pass. The layout is
 * in the README under "Columns".
 *
 * @param headerBytes room to leave at the frame's start.
 */
export function packColumns(
  headerBytes: number,
  { keys, values }: Columns,
  allocate: Allocate,
): Packed {
  const text = keys?.join('') ?? '';
  const { bytes, ascii } = textBytes(text);
  const textAt = keys ? headerBytes + 4 + 2 * keys.length : headerBytes;
  const countAt = textAt + bytes;
  const valuesAt = values ? countAt + 4 + 4 * values.length : countAt;
  const frame = allocate(valuesAt + (values ? inlineBytes(values) : 0));
  if (keys) {
    frame.writeUInt32LE(keys.length, headerBytes);
    writeKeyLengths(frame, keys, ascii, headerBytes + 4);
    frame.write(text, textAt);
  }
  if (!values) return [frame];
  frame.writeUInt32LE(values.length, countAt);
  return writeValues(frame, values, countAt + 4, valuesAt);
}

/** Reads keys. @throws {ProtocolError} when they are malformed. @throws {KeyError} for one no store takes. */
export function unpackKeys(body: Body): string[] {
  const keys = readKeys(body, body.uint32());
  body.end();
  return keys;
}

/** Reads values, as views. @throws {ProtocolError} when a length is not covered by what is there. */
export function unpackValues(body: Body, attached: Frames): Uint8Array[] {
  const count = body.uint32();
  return readValues(body, count, body.take(4 * count), attached);
}

/** Reads keys and the values behind them. @throws {ProtocolError} and {KeyError} as the others. */
export function unpackEntries(
  body: Body,
  attached: Frames,
): { readonly keys: string[]; readonly values: Uint8Array[] } {
  const keys = readKeys(body, body.uint32());
  const values = unpackValues(body, attached);
  if (values.length !== keys.length) {
    throw new ProtocolError(`a message has ${keys.length} keys for ${values.length} values`);
  }
  return { keys, values };
}

/** Bytes of values that travel in a message's first frame. */
export function inlineBytes(values: readonly Uint8Array[]): number {
  let bytes = 0;
  for (const value of values) if (value.length < ATTACHED_BYTES) bytes += value.length;
  return bytes;
}

/** Called as it is: an engine looks `frame.set` up anew for each value, which takes as long as copying it. */
const { set } = Uint8Array.prototype;

/** Writes lengths and values to their places in `frame` and adds the frames of large ones. */
export function writeValues(
  frame: Buffer,
  values: readonly Uint8Array[],
  lengthsAt: number,
  valuesAt: number,
): Packed {
  const packed: Packed = [frame];
  const numbers = new DataView(frame.buffer, frame.byteOffset, frame.length);
  let lengthAt = lengthsAt;
  let at = valuesAt;
  for (const value of values) {
    const { length } = value;
    numbers.setUint32(lengthAt, length, true);
    lengthAt += 4;
    if (length < ATTACHED_BYTES) {
      set.call(frame, value, at);
      at += length;
    } else packed.push(asBuffer(value));
  }
  return packed;
}

/** Reads the values whose lengths stand at `lengthsAt`, to the end of the message. */
export function readValues(
  body: Body,
  count: number,
  lengthsAt: number,
  attached: Frames,
): Uint8Array[] {
  const { bytes } = body;
  const { buffer } = bytes;
  const begin = bytes.byteOffset + body.here;
  const end = bytes.byteOffset + bytes.length;
  const values = new Array<Uint8Array>(count);
  let at = begin;
  let frames = 0;
  for (let i = 0; i < count; i++) {
    const length = bytes.readUInt32LE(lengthsAt + 4 * i);
    if (length < ATTACHED_BYTES) {
      if (at + length > end) body.fail(`value ${i} of ${length} bytes is cut off`);
      values[i] = new Uint8Array(buffer, at, length);
      at += length;
    } else values[i] = attachedValue(attached[frames++], length, i);
  }
  body.take(at - begin);
  body.end();
  if (frames !== attached.length) {
    throw new ProtocolError(
      `a message has ${attached.length} frames of values where ${frames} belong`,
    );
  }
  return values;
}

/**
 * Finds the values whose lengths stand at `lengthsAt`, to the end of the message, where all travel in its first frame.
 *
 * @throws {ProtocolError} when a length is not covered by what is there.
 */
export function findPacked(body: Body, count: number, lengthsAt: number): PackedValues {
  const { bytes } = body;
  const memory = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let length = 0;
  for (let i = 0; i < count; i++) {
    const one = memory.getUint32(lengthsAt + 4 * i, true);
    if (one >= ATTACHED_BYTES) body.fail(`value ${i} of ${one} bytes has no frame`);
    length += one;
  }
  const valuesAt = body.take(length);
  body.end();
  return { memory, lengthsAt, valuesAt };
}

/** Bytes of a text in UTF-8. */
export function textBytes(text: string): { readonly bytes: number; readonly ascii: boolean } {
  const bytes = Buffer.byteLength(text);
  return { bytes, ascii: bytes === text.length };
}

/** Writes the lengths of keys, 2 bytes each, from `at` on. */
export function writeKeyLengths(
  frame: Buffer,
  keys: readonly string[],
  ascii: boolean,
  at: number,
): void {
  let lengthAt = at;
  for (const key of keys) {
    frame.writeUInt16LE(ascii ? key.length : Buffer.byteLength(key), lengthAt);
    lengthAt += 2;
  }
}

/**
 * Reads the lengths of keys and the keys.
 *
 * @throws {ProtocolError} when they are malformed. @throws {KeyError} for one that no store takes.
 */
export function readKeys(body: Body, count: number): string[] {
  const { bytes } = body;
  const lengthsAt = body.take(2 * count);
  let keyBytes = 0;
  for (let i = 0; i < count; i++) keyBytes += bytes.readUInt16LE(lengthsAt + 2 * i);
  const block = body.view(keyBytes);
  const ascii = isAscii(block);
  if (!ascii && !isUtf8(block)) body.fail('its keys are not UTF-8');
  const keys = new Array<string>(count);
  let at = 0;
  for (let i = 0; i < count; i++) {
    const end = at + bytes.readUInt16LE(lengthsAt + 2 * i);
    if (!ascii && isInsideCharacter(block[end])) body.fail('a key ends inside a character');
    // One by one: a substring of them all would keep them all in memory.
    const key = block.toString(ascii ? 'latin1' : 'utf8', at, end);
    if (end === at || end - at > MAX_KEY_BYTES) checkKey(key);
    keys[i] = key;
    at = end;
  }
  return keys;
}

function isInsideCharacter(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

/** A value that came as a frame, as a caller expects it: not the Node buffer that a socket gives. */
function attachedValue(frame: Uint8Array | undefined, length: number, index: number): Uint8Array {
  if (frame?.length !== length) {
    throw new ProtocolError(
      `a message's frame of value ${index} has not the ${length} bytes it should`,
    );
  }
  return new Uint8Array(frame.buffer, frame.byteOffset, length);
}
