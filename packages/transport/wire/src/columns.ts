import { isAscii, isUtf8 } from 'node:buffer';
import { checkKey, MAX_KEY_BYTES, ProtocolError } from '@spillway/core';
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

/**
 * Packs columns into one frame, behind room for a header, and the frames of large values. One allocation,
 * one pass. The layout is in the README under "Columns".
 *
 * @param headerBytes room to leave at the frame's start.
 */
export function packColumns(
  headerBytes: number,
  { keys, values }: Columns,
  allocate: Allocate,
): [frame: Buffer, ...attached: Uint8Array[]] {
  const count = keys?.length ?? values?.length ?? 0;
  const text = keys?.join('') ?? '';
  const keyBytes = Buffer.byteLength(text);
  let size = headerBytes + 4 + keyBytes;
  if (keys) size += 2 * count;
  if (values) {
    size += 4 * count;
    for (const value of values) if (value.length < ATTACHED_BYTES) size += value.length;
  }
  const frame = allocate(size);
  frame.writeUInt32LE(count, headerBytes);
  let at = headerBytes + 4;
  if (keys) {
    const ascii = keyBytes === text.length;
    for (const key of keys) {
      frame.writeUInt16LE(ascii ? key.length : Buffer.byteLength(key), at);
      at += 2;
    }
  }
  if (!values) {
    frame.write(text, at);
    return [frame];
  }
  for (const value of values) {
    frame.writeUInt32LE(value.length, at);
    at += 4;
  }
  frame.write(text, at);
  at += keyBytes;
  const frames: [Buffer, ...Uint8Array[]] = [frame];
  for (const value of values) {
    if (value.length >= ATTACHED_BYTES) frames.push(asBuffer(value));
    else {
      frame.set(value, at);
      at += value.length;
    }
  }
  return frames;
}

/**
 * Reads keys and values that {@link packColumns} wrote. Values are views of the frames.
 *
 * @throws {ProtocolError} when a length is not covered by what is there.
 * @throws {KeyError} for a key that no store takes.
 */
export function unpackBatch(
  body: Body,
  attached: Frames,
): { keys: string[]; values: Uint8Array[] } {
  const count = body.uint32();
  const keyLengths = body.take(2 * count);
  const valueLengths = body.take(4 * count);
  const keys = readKeys(body, count, keyLengths);
  return { keys, values: readValues(body, count, valueLengths, attached) };
}

/** Reads keys alone; throws as {@link unpackBatch}. */
export function unpackKeys(body: Body): string[] {
  const count = body.uint32();
  const keys = readKeys(body, count, body.take(2 * count));
  body.end();
  return keys;
}

/** Reads values alone; throws as {@link unpackBatch}. */
export function unpackValues(body: Body, attached: Frames): Uint8Array[] {
  const count = body.uint32();
  return readValues(body, count, body.take(4 * count), attached);
}

/** V8 copies shorter substrings; of longer ones it keeps the whole text alive. */
const SHORTEST_SLICE = 13;

function readKeys(body: Body, count: number, lengthsAt: number): string[] {
  const { bytes } = body;
  let keyBytes = 0;
  for (let i = 0; i < count; i++) keyBytes += bytes.readUInt16LE(lengthsAt + 2 * i);
  const block = body.view(keyBytes);
  const ascii = isAscii(block);
  if (!ascii && !isUtf8(block)) body.fail('its keys are not UTF-8');
  const text = ascii ? block.toString('latin1') : '';
  const keys = new Array<string>(count);
  let at = 0;
  for (let i = 0; i < count; i++) {
    const end = at + bytes.readUInt16LE(lengthsAt + 2 * i);
    if (ascii) {
      keys[i] =
        end - at < SHORTEST_SLICE ? text.substring(at, end) : block.toString('latin1', at, end);
    } else {
      if (end < keyBytes && ((block[end] as number) & 0xc0) === 0x80)
        body.fail('a key ends inside a character');
      keys[i] = block.toString('utf8', at, end);
    }
    if (end === at || end - at > MAX_KEY_BYTES) checkKey(keys[i]);
    at = end;
  }
  return keys;
}

function readValues(body: Body, count: number, lengthsAt: number, attached: Frames): Uint8Array[] {
  const { bytes } = body;
  let inline = 0;
  let frames = 0;
  for (let i = 0; i < count; i++) {
    const length = bytes.readUInt32LE(lengthsAt + 4 * i);
    if (length < ATTACHED_BYTES) inline += length;
    else if (attached[frames++]?.length !== length) {
      throw new ProtocolError(
        `a message is malformed: the frame of its value ${i} has not the ${length} bytes it should`,
      );
    }
  }
  if (frames !== attached.length) {
    throw new ProtocolError(
      `a message is malformed: it has ${attached.length} frames of values where ${frames} belong`,
    );
  }
  const begin = body.take(inline);
  body.end();
  let at = bytes.byteOffset + begin;
  frames = 0;
  const values = new Array<Uint8Array>(count);
  for (let i = 0; i < count; i++) {
    const length = bytes.readUInt32LE(lengthsAt + 4 * i);
    if (length < ATTACHED_BYTES) {
      values[i] = new Uint8Array(bytes.buffer, at, length);
      at += length;
    } else values[i] = plain(attached[frames++] as Uint8Array);
  }
  return values;
}

/** Bytes as a caller expects them: not the Node buffer that a socket gives. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}
