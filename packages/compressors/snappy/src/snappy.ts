import {
  Compressor,
  type CompressorOptions,
  inPool,
  isPooled,
  type PoolSizes,
  type Store,
} from '@spillway/core';
import { compress, compressSync, uncompress, uncompressSync } from 'snappy';

/** Options of {@link Snappy}. */
export type SnappyOptions = CompressorOptions;

/** On this thread, results that are foreign memory pile up until the event loop turns; copies are faster. */
const COPY = { copyOutputData: true };

/** From the pool, values of fewer bytes than these give results that are copied faster than V8 adopts them. */
const ADOPTED = { compress: 2 ** 20, decompress: 2 ** 16 };

/** Measured, see docs/compressors.md. */
const COMPRESS: PoolSizes = { alone: 2 ** 22, together: 2 ** 15 };
const DECOMPRESS: PoolSizes = { alone: 2 ** 23, together: 2 ** 15 };

/**
 * The longest copy yields 64 bytes and takes three: section 2.2 of
 * https://github.com/google/snappy/blob/main/format_description.txt
 */
const MAX_RATIO = 64 / 3;

/**
 * Compresses with Snappy: each frame is what Python's `snappy.compress` gives (raw, without stream framing).
 *
 * @param store the byte store to wrap.
 * @throws {TypeError} when `store` holds no bytes, or for a wrong option.
 */
export function Snappy(store: Store, options: SnappyOptions = {}): Store {
  return Compressor(
    {
      name: 'Snappy',
      maxRatio: MAX_RATIO,
      compress: (bytes, together) =>
        isPooled(bytes.length, together, COMPRESS)
          ? inPool(bytes.length, () => compress(bytes, output(bytes.length, ADOPTED.compress)))
          : compressSync(asBuffer(bytes), COPY),
      decodedBytes,
      decompress: (payload, bytes, together) =>
        isPooled(bytes, together, DECOMPRESS)
          ? inPool(
              bytes,
              () => uncompress(payload, output(bytes, ADOPTED.decompress)) as Promise<Uint8Array>,
            )
          : (uncompressSync(payload, COPY) as Uint8Array),
    },
    store,
    options,
  );
}

function output(bytes: number, adopted: number): { copyOutputData: boolean } {
  return { copyOutputData: bytes < adopted };
}

/** As which snappy takes bytes faster. */
function asBuffer({ buffer, byteOffset, length }: Uint8Array): Uint8Array {
  return Buffer.from(buffer, byteOffset, length);
}

/** The varint that a payload begins with. */
function decodedBytes(payload: Uint8Array): number {
  let size = 0;
  for (let i = 0; i < 5; i++) {
    const byte = payload[i] ?? 0x80;
    size += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return size;
  }
  throw new RangeError('its size is cut off');
}
