import { Compressor, type CompressorOptions, type Store } from '@spillway/core';
import { compress, decompress } from '#engine';

/** Options of {@link BZ2}. */
export interface BZ2Options extends CompressorOptions {
  /** From 1 to 9: blocks of so many hundred thousand bytes, each compressed by itself. Default 9. */
  readonly level?: number;
}

const DEFAULT_LEVEL = 9;

/**
 * A block of 900,000 bytes may stand for 45.9 million, as five bytes are a run of 255, and takes more than 32 bytes:
 * https://sourceware.org/bzip2/manual/manual.html
 */
const MAX_RATIO = 2 ** 21;

/**
 * Compresses with bzip2: each payload is what Python's `bz2.compress` gives.
 *
 * @param store the byte store to wrap.
 * @throws {TypeError} when `store` holds no bytes, or for a wrong option.
 */
export function BZ2(store: Store, { level = DEFAULT_LEVEL, ...options }: BZ2Options = {}): Store {
  if (!(Number.isInteger(level) && level >= 1 && level <= 9)) {
    throw new TypeError(`level must be a whole number from 1 to 9, not ${level}`);
  }
  return Compressor(
    {
      name: 'BZ2',
      ...(level !== DEFAULT_LEVEL && { options: { level } }),
      maxRatio: MAX_RATIO,
      compress: (bytes, together) => compress(bytes, level, together),
      decompress,
    },
    store,
    options,
  );
}
