import { promisify } from 'node:util';
import {
  deflate as deflateInPool,
  deflateSync,
  inflate as inflateInPool,
  inflateSync,
  type ZlibOptions,
} from 'node:zlib';
import { type Awaitable, inPool, isPooled, type PoolSizes } from '@spillway/core';

const deflateAsync = promisify<Uint8Array, ZlibOptions, Uint8Array>(deflateInPool);
const inflateAsync = promisify<Uint8Array, ZlibOptions, unknown>(inflateInPool);

/** Measured, see docs/compressors.md; of payloads, which become about eight times as many bytes. */
const DEFLATE: PoolSizes = { alone: 2 ** 18, together: 2 ** 16 };
const INFLATE: PoolSizes = { alone: 2 ** 15, together: 2 ** 14 };

/** The zlib form of bytes. @param level 0 to 9. */
export function deflate(bytes: Uint8Array, level: number, together: number): Awaitable<Uint8Array> {
  const options = { level, chunkSize: chunkSize(bytes.length) };
  return isPooled(bytes.length, together, DEFLATE)
    ? inPool(bytes.length, () => deflateAsync(bytes, options))
    : deflateSync(bytes, options);
}

/**
 * The bytes of a zlib stream, checksum verified.
 *
 * @param limit more bytes than this are an error, found before memory is taken for them.
 */
export function inflate(
  payload: Uint8Array,
  limit: number,
  together: number,
): Awaitable<Uint8Array> {
  const expected = 8 * payload.length;
  const options = { info: true, maxOutputLength: limit, chunkSize: chunkSize(expected) };
  const whole = (inflated: unknown) => wholeStream(inflated as Inflated, payload);
  return isPooled(payload.length, together, INFLATE)
    ? inPool(expected, () => inflateAsync(payload, options)).then(whole)
    : whole(inflateSync(payload, options));
}

function wholeStream({ buffer, engine }: Inflated, payload: Uint8Array): Uint8Array {
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
