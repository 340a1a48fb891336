import { Compressor, type CompressorOptions, type Store } from '@spillway/core';
import { compress } from './compress.js';
import { decompress } from './decompress.js';
import { readHeader, type Shuffle } from './header.js';

/** Options of {@link Blosc}. */
export interface BloscOptions extends CompressorOptions {
  /** Bytes of an element: 8 for `Float64Array`, 4 for `Int32Array`. 1 to 255, default 8. */
  readonly typesize?: number;
  /**
   * What is done to elements before they are compressed: all their first bytes come first (`byte`), all their first
   * bits (`bit`), or `none`. Default `byte`.
   */
  readonly shuffle?: Shuffle;
  /** From 0, which only stores, to 9, in larger blocks. Default 5. */
  readonly level?: number;
}

const DEFAULTS = { level: 5, shuffle: 'byte', typesize: 8 } as const;

/** A byte of LZ4 or BloscLZ becomes 255 at most, one of zlib 1,032. */
const MAX_RATIO = 1032;

/**
 * Compresses arrays of numbers with Blosc: each payload is a chunk of Blosc 1 with LZ4 inside, as Python's
 * `blosc.compress(…, cname='lz4')` gives. Chunks with BloscLZ or zlib inside are read, too.
 *
 * @param store the byte store to wrap.
 * @throws {TypeError} when `store` holds no bytes, or for a wrong option.
 */
export function Blosc(store: Store, options: BloscOptions = {}): Store {
  const { maxDecodedBytes, ...own } = options;
  const parameters = { ...DEFAULTS, ...own };
  check('typesize', parameters.typesize, 1, 255);
  check('level', parameters.level, 0, 9);
  if (!['none', 'byte', 'bit'].includes(parameters.shuffle))
    throw new TypeError(`shuffle must be "none", "byte" or "bit", not ${parameters.shuffle}`);
  const changed = Object.entries(parameters).filter(
    ([name, value]) => value !== DEFAULTS[name as keyof typeof DEFAULTS],
  );
  return Compressor(
    {
      name: 'Blosc',
      options: Object.fromEntries(changed),
      maxRatio: MAX_RATIO,
      compress: (bytes, together) => compress(bytes, parameters, together),
      decodedBytes: (payload) => readHeader(payload).bytes,
      decompress,
    },
    store,
    maxDecodedBytes === undefined ? {} : { maxDecodedBytes },
  );
}

function check(name: string, value: number, least: number, most: number): void {
  if (!(Number.isInteger(value) && value >= least && value <= most))
    throw new TypeError(`${name} must be a whole number from ${least} to ${most}, not ${value}`);
}
