import { Compressor, type CompressorOptions, type Store } from '@spillway/core';
import { type Engine, loadEngine, SIZE_BYTES } from './engine.js';

/** Options of {@link LZ4}. */
export type LZ4Options = CompressorOptions;

/**
 * A byte of a match's length stands for 255 bytes at most, and every other byte for fewer:
 * https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md
 */
const MAX_RATIO = 255;

/**
 * Compresses with LZ4: each frame is the size, four bytes little-endian, and an LZ4 block, as Python's
 * `lz4.block.compress` gives.
 *
 * @param store the byte store to wrap.
 * @throws {TypeError} when `store` holds no bytes, or for a wrong option.
 * @throws {Error} when neither of the packages `lz4` and `lz4-napi` can be loaded.
 */
export function LZ4(store: Store, options: LZ4Options = {}): Store {
  return withEngine(loadEngine(), store, options);
}

/** {@link LZ4} on a certain library. */
export function withEngine(engine: Engine, store: Store, options: LZ4Options = {}): Store {
  return Compressor({ name: 'LZ4', maxRatio: MAX_RATIO, decodedBytes, ...engine }, store, options);
}

function decodedBytes(payload: Uint8Array): number {
  if (payload.length <= SIZE_BYTES) throw new RangeError('its size or block is missing');
  return new DataView(payload.buffer, payload.byteOffset).getUint32(0, true);
}
