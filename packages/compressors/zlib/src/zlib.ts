import { Compressor, type CompressorOptions, type Store } from '@spillway/core';
import { deflate, inflate } from '#engine';

/** Options of {@link ZLib}. */
export interface ZLibOptions extends CompressorOptions {
  /** From 0, which only stores, by way of 1, the fastest, to 9, the smallest. Default 6. */
  readonly level?: number;
}

const DEFAULT_LEVEL = 6;

/** Deflate makes 258 bytes of two bits at most: "Maximum Compression Factor", https://zlib.net/zlib_tech.html */
const MAX_RATIO = 1032;

/**
 * Compresses with zlib: each frame is what Python's `zlib.compress` gives.
 *
 * @param store the byte store to wrap.
 * @throws {TypeError} when `store` holds no bytes, or for a wrong option.
 */
export function ZLib(store: Store, { level = DEFAULT_LEVEL, ...options }: ZLibOptions = {}): Store {
  if (!(Number.isInteger(level) && level >= 0 && level <= 9)) {
    throw new TypeError(`level must be a whole number from 0 to 9, not ${level}`);
  }
  return Compressor(
    {
      name: 'ZLib',
      ...(level !== DEFAULT_LEVEL && { options: { level } }),
      maxRatio: MAX_RATIO,
      compress: (bytes, together) => deflate(bytes, level, together),
      decompress: inflate,
    },
    store,
    options,
  );
}
