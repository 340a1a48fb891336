import { crc32 } from '@node-rs/crc32';

const MAGIC = 0x7069_6563;
const HEAD = 20;

/** A piece of a value that says who wrote it, and which of the writer's it is. */
export interface Piece {
  readonly writer: number;
  readonly number: number;
}

/** The bytes of a piece. @param length all of them, 20 at least. */
export function encodePiece({ writer, number }: Piece, length: number): Uint8Array {
  const bytes = Buffer.alloc(Math.max(length, HEAD), (writer * 31 + number) & 255);
  bytes.writeUInt32LE(MAGIC, 0);
  bytes.writeUInt32LE(writer, 4);
  bytes.writeUInt32LE(number, 8);
  bytes.writeUInt32LE(bytes.length, 12);
  bytes.writeUInt32LE(checksum(bytes), 16);
  return bytes;
}

/** The pieces of a value. */
export interface Parsed {
  readonly pieces: Piece[];
  /** Stretches of bytes between them that are no piece. */
  readonly torn: number;
}

/** Takes a value apart. */
export function parsePieces(value: Uint8Array): Parsed {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.length);
  const pieces: Piece[] = [];
  let torn = 0;
  let inTorn = false;
  for (let at = 0; at < bytes.length; ) {
    const length = pieceLength(bytes, at);
    if (length > 0) {
      pieces.push({ writer: bytes.readUInt32LE(at + 4), number: bytes.readUInt32LE(at + 8) });
      at += length;
      inTorn = false;
      continue;
    }
    if (!inTorn) torn++;
    inTorn = true;
    at++;
  }
  return { pieces, torn };
}

/** The length of the whole piece at `at`; 0 when there is none. */
function pieceLength(bytes: Buffer, at: number): number {
  if (at + HEAD > bytes.length || bytes.readUInt32LE(at) !== MAGIC) return 0;
  const length = bytes.readUInt32LE(at + 12);
  if (length < HEAD || at + length > bytes.length) return 0;
  const piece = bytes.subarray(at, at + length);
  return piece.readUInt32LE(16) === checksum(piece) ? length : 0;
}

function checksum(piece: Buffer): number {
  return crc32(piece.subarray(HEAD), crc32(piece.subarray(4, 16)));
}

/** Numbers from 0 to 1 that follow from a seed. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 0x1_0000_0000;
  };
}
