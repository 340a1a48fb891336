import { type Awaitable, isPooled, type PoolSizes } from '@spillway/core';
import { library } from './library-node.js';
import { inWorker } from './workers.js';

/** Measured, see docs/compressors.md; of payloads, which become about ten times as many bytes. */
const COMPRESS: PoolSizes = { alone: 2 ** 16, together: 2 ** 14 };
const DECOMPRESS: PoolSizes = { alone: 2 ** 14, together: 2 ** 12 };

/** One stream. @param level 1 to 9. @param together how many values are compressed together. */
export function compress(
  bytes: Uint8Array,
  level: number,
  together: number,
): Awaitable<Uint8Array> {
  return isPooled(bytes.length, together, COMPRESS)
    ? inWorker({ work: 'compress', bytes, number: level })
    : library.compress(bytes, level);
}

/**
 * The bytes of one stream, or of several one after the other; checksums verified.
 *
 * @param limit more bytes than this are an error, found before memory is taken for them.
 * @param together how many payloads are decompressed together.
 */
export function decompress(
  payload: Uint8Array,
  limit: number,
  together: number,
): Awaitable<Uint8Array> {
  return isPooled(payload.length, together, DECOMPRESS)
    ? inWorker({ work: 'decompress', bytes: payload, number: limit })
    : library.decompress(payload, limit);
}
