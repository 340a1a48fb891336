import { deflateSync, inflateSync } from 'node:zlib';

/** The zlib form of bytes. @param level 0 to 9. */
export function deflate(bytes: Uint8Array, level: number): Uint8Array {
  return deflateSync(bytes, { level, chunkSize: chunkSize(bytes.length) });
}

/**
 * The bytes of a zlib stream, checksum verified.
 *
 * @param limit more bytes than this are an error, found before memory is taken for them.
 */
export function inflate(payload: Uint8Array, limit: number): Uint8Array {
  const options = { info: true, maxOutputLength: limit, chunkSize: chunkSize(8 * payload.length) };
  const { buffer, engine } = inflateSync(payload, options) as unknown as Inflated;
  if (engine.bytesWritten !== payload.length) {
    throw new RangeError(`${payload.length - engine.bytesWritten} bytes follow its end`);
  }
  // What fits one chunk is a view of it.
  return buffer.buffer.byteLength > 2 * buffer.length ? new Uint8Array(buffer) : buffer;
}

/** What `info: true` gives, which Node's types leave out. */
interface Inflated {
  readonly buffer: Uint8Array;
  readonly engine: { readonly bytesWritten: number };
}

/** Memory to take at a time, in bytes: what small values need, and for large ones more than Node's default. */
function chunkSize(expected: number): number {
  return Math.max(2 ** 10, Math.min(expected, 2 ** 16));
}
