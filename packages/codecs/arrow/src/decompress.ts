import { TooLargeError } from '@spillway/core';
import { CompressionType } from 'apache-arrow';
import { decodeLz4Frame } from './lz4-frame.js';
import { decodeZstdFrame } from './zstd-frame.js';

/** Bytes before a compressed buffer: its length decompressed. */
const LENGTH_BYTES = 8;

/** That length where the bytes are as they were. */
const NOT_COMPRESSED = -1n;

/** The most that a byte can become: a run in LZ4; in Zstandard, a block of 128 KiB from four bytes. */
const MAX_RATIO = { [CompressionType.LZ4_FRAME]: 255, [CompressionType.ZSTD]: 32_768 };

/** Bytes that the buffers of one frame may decompress to. */
const MAX_DECODED_BYTES = 2 ** 30;

/**
 * What decompresses the buffers of a frame (https://arrow.apache.org/docs/format/Columnar.html#compression). They never
 * take memory that they can't fill.
 */
export class Decompressor {
  #left = MAX_DECODED_BYTES;

  /**
   * @throws {RangeError} saying what is wrong with the buffer.
   * @throws {TooLargeError} when the frame's buffers together exceed 1 GiB.
   */
  decompress(buffer: Uint8Array, type: CompressionType): Uint8Array {
    if (buffer.length === 0) return buffer;
    if (buffer.length < LENGTH_BYTES) throw new RangeError('a compressed buffer is cut off');
    const claimed = new DataView(buffer.buffer, buffer.byteOffset).getBigInt64(0, true);
    const bytes = buffer.subarray(LENGTH_BYTES);
    if (claimed === NOT_COMPRESSED) return bytes;
    const length = Number(claimed);
    if (length < 0 || length > bytes.length * MAX_RATIO[type])
      throw new RangeError(`a buffer of ${bytes.length} bytes can't hold the ${claimed} it claims`);
    this.#left -= length;
    if (this.#left < 0) {
      const wanted = MAX_DECODED_BYTES - this.#left;
      const message = `its buffers decompress to ${wanted} bytes and more, and ${MAX_DECODED_BYTES} are allowed`;
      throw new TooLargeError(message, { wanted, free: MAX_DECODED_BYTES });
    }
    const decode = type === CompressionType.ZSTD ? decodeZstdFrame : decodeLz4Frame;
    return decode(bytes, length);
  }
}
