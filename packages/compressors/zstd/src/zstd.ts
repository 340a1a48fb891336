import { Compressor, type CompressorOptions, type Store } from '@spillway/core';
import * as engine from '#engine';
import type { Engine } from './engine.js';
import { readFrame } from './frame.js';

/** Options of {@link Zstd}. */
export interface ZstdOptions extends CompressorOptions {
  /** From 1, the fastest, to 22, the smallest; from 20 on it takes much memory. Default 3. */
  readonly level?: number;
}

const DEFAULT_LEVEL = 3;

/** A block of a run takes four bytes and becomes 128 KiB at most: RFC 8878, section 3.1.1.2. */
const MAX_RATIO = 2 ** 15;

/**
 * Compresses with Zstandard: each payload is one zstd frame with the size of its content.
 *
 * @param store the byte store to wrap.
 * @throws {TypeError} when `store` holds no bytes, or for a wrong option.
 */
export function Zstd(store: Store, options: ZstdOptions = {}): Store {
  return withEngine(engine, store, options);
}

/** {@link Zstd} on a certain engine. */
export function withEngine(
  { compress, decompress }: Engine,
  store: Store,
  { level = DEFAULT_LEVEL, ...options }: ZstdOptions = {},
): Store {
  if (!(Number.isInteger(level) && level >= 1 && level <= 22)) {
    throw new TypeError(`level must be a whole number from 1 to 22, not ${level}`);
  }
  return Compressor(
    {
      name: 'Zstd',
      ...(level !== DEFAULT_LEVEL && { options: { level } }),
      maxRatio: MAX_RATIO,
      compress: (bytes, together) => compress(bytes, level, together),
      decodedBytes,
      decompress,
    },
    store,
    options,
  );
}

function decodedBytes(payload: Uint8Array): number | undefined {
  const { content, most } = readFrame(payload);
  if (content !== undefined && content > most)
    throw new RangeError(`its blocks hold ${most} bytes at most, and it claims ${content}`);
  return content;
}
