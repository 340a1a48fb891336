import { CorruptError } from '@spillway/core';
import type { ByteReader } from './byte-reader.js';
import { type ByteWriter, SHORT } from './byte-writer.js';
import { bigintBytes, isLatin1, stringBytes, valueOfBytes } from './bytes.js';
import {
  BytesType,
  DIGEST_BYTES,
  type Kind,
  Packed,
  Reference,
  Shared,
  type Stored,
} from './stored.js';

/** The first byte of a member. From {@link Tag.Small} on it is the member itself, a number from 0 to 127. */
const Tag = {
  Undefined: 0,
  Null: 1,
  False: 2,
  True: 3,
  Double: 4,
  Int: 5,
  Reference: 6,
  Shared: 7,
  /** Plus a {@link BytesType}. */
  Packed: 16,
  Small: 128,
} as const;

export function writeStored(out: ByteWriter, stored: Stored): void {
  switch (typeof stored) {
    case 'number':
      writeNumber(out, stored);
      return;
    case 'string':
      writeString(out, stored);
      return;
    case 'boolean':
      out.u8(stored ? Tag.True : Tag.False);
      return;
    case 'undefined':
      out.u8(Tag.Undefined);
      return;
    case 'bigint': {
      const { type, bytes } = bigintBytes(stored);
      writePacked(out, type, bytes);
      return;
    }
  }
  if (stored === null) out.u8(Tag.Null);
  else if (stored instanceof Reference) {
    out.u8(Tag.Reference);
    out.u8(stored.kind);
    out.u48(stored.id);
  } else if (stored instanceof Shared) {
    out.u8(Tag.Shared);
    out.u8(stored.type);
    out.latin1(stored.digest);
    out.varint(stored.size);
  } else writePacked(out, stored.type, stored.bytes);
}

function writeNumber(out: ByteWriter, value: number): void {
  const int = value | 0;
  if (int !== value || (value === 0 && Object.is(value, -0))) {
    out.u8(Tag.Double);
    out.double(value);
  } else if (int >= 0 && int < 128) out.u8(Tag.Small + int);
  else {
    out.u8(Tag.Int);
    out.varint(((int << 1) ^ (int >> 31)) >>> 0);
  }
}

function writeString(out: ByteWriter, value: string): void {
  if (value.length <= SHORT) {
    const start = out.length;
    out.u8(Tag.Packed + BytesType.Latin1);
    if (out.short(value)) return;
    out.cut(start);
  }
  if (isLatin1(value)) {
    out.u8(Tag.Packed + BytesType.Latin1);
    out.varint(value.length);
    out.latin1(value);
  } else {
    const { type, bytes } = stringBytes(value);
    writePacked(out, type, bytes);
  }
}

function writePacked(out: ByteWriter, type: BytesType, bytes: Uint8Array): void {
  out.u8(Tag.Packed + type);
  out.varint(bytes.length);
  out.bytes(bytes);
}

/** @throws {CorruptError} for a tag that no version writes. */
export function readStored(from: ByteReader): Stored {
  const tag = from.u8();
  if (tag >= Tag.Small) return tag - Tag.Small;
  if (tag >= Tag.Packed) return readPacked(from, (tag - Tag.Packed) as BytesType);
  switch (tag) {
    case Tag.Undefined:
      return undefined;
    case Tag.Null:
      return null;
    case Tag.False:
      return false;
    case Tag.True:
      return true;
    case Tag.Double:
      return from.double();
    case Tag.Int: {
      const zigzag = from.varint();
      return (zigzag >>> 1) ^ -(zigzag & 1);
    }
    case Tag.Reference:
      return new Reference(from.u8() as Kind, from.u48());
    case Tag.Shared:
      return new Shared(from.u8() as BytesType, from.latin1(DIGEST_BYTES), from.varint());
    default:
      throw new CorruptError(`${tag} is no tag of a member`);
  }
}

/** Passes a member. @throws {CorruptError} for a tag that no version writes. */
export function skipStored(from: ByteReader): void {
  const tag = from.u8();
  if (tag >= Tag.Small || tag <= Tag.True) return;
  if (tag >= Tag.Packed) from.skip(from.varint());
  else if (tag === Tag.Double) from.skip(8);
  else if (tag === Tag.Int) from.varint();
  else if (tag === Tag.Reference) from.skip(1 + 6);
  else if (tag === Tag.Shared) {
    from.skip(1 + DIGEST_BYTES);
    from.varint();
  } else throw new CorruptError(`${tag} is no tag of a member`);
}

function readPacked(from: ByteReader, type: BytesType): Stored {
  if (type > BytesType.DataView) throw new CorruptError(`${type} is no type of bytes`);
  const size = from.varint();
  const start = from.skip(size);
  if (type <= BytesType.NegativeBigInt)
    return valueOfBytes(type, from.bytes, start, start + size) as string | bigint;
  return new Packed(type, Uint8Array.prototype.slice.call(from.bytes, start, start + size));
}
