import { concatBytes } from '@spillway/core';
import { Unzlib, zlibSync } from 'fflate';

type Level = NonNullable<NonNullable<Parameters<typeof zlibSync>[1]>['level']>;

/** Bytes of payload to decode at a time: they become a few megabytes at most. */
const STEP = 2 ** 12;

/** The zlib form of bytes. @param level 0 to 9. */
export function deflate(bytes: Uint8Array, level: number): Uint8Array {
  return zlibSync(bytes, { level: level as Level });
}

/**
 * The bytes of a zlib stream, checksum verified.
 *
 * @param limit more bytes than this are an error, found while they take a few megabytes more.
 */
export function inflate(payload: Uint8Array, limit: number): Uint8Array {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const stream = new Unzlib((piece) => {
    length += piece.length;
    if (length > limit) throw new RangeError(`it holds more than ${limit} bytes`);
    if (piece.length > 0) pieces.push(piece);
  });
  for (let at = 0, end = 0; end < payload.length; at = end) {
    // The last step takes the whole checksum.
    end = payload.length - at < STEP + 4 ? payload.length : at + STEP;
    stream.push(payload.subarray(at, end), end === payload.length);
  }
  const bytes = concatBytes(pieces);
  // fflate looks neither at the checksum nor past the stream's end: the last bytes tell of both.
  const checksum = payload.subarray(-4).reduce((sum, byte) => sum * 256 + byte, 0);
  if (payload.length < 6 || checksum !== adler32(bytes))
    throw new RangeError('its checksum is wrong');
  return bytes;
}

/** The checksum of RFC 1950, section 8.2. */
function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (let at = 0; at < bytes.length; ) {
    // The most bytes after which the sums surely fit 32 bits.
    for (const end = Math.min(at + 5552, bytes.length); at < end; at++) {
      a += bytes[at] as number;
      b += a;
    }
    a %= 65521;
    b %= 65521;
  }
  return b * 65536 + a;
}
