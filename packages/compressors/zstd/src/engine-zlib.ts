import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { inPool, isPooled, type PoolSizes } from '@spillway/core';
import type { Engine } from './engine.js';
import { withContentSize } from './frame.js';

interface Options {
  readonly chunkSize: number;
  readonly params?: { readonly [parameter: number]: number };
  readonly maxOutputLength?: number;
}

type Sync = (bytes: Uint8Array, options: Options) => Uint8Array;
type Callback = (error: Error | null, bytes: Uint8Array) => void;
type Async = (bytes: Uint8Array, options: Options, callback: Callback) => void;

/** What Node's zlib has from 22.15 on, which the types of Node 20 don't know. */
export interface ZstdOfNode {
  readonly zstdCompressSync: Sync;
  readonly zstdDecompressSync: Sync;
  readonly zstdCompress: Async;
  readonly zstdDecompress: Async;
  readonly constants: { readonly ZSTD_c_compressionLevel: number };
}

/** Measured, see docs/compressors.md. */
const COMPRESS: PoolSizes = { alone: 2 ** 21, together: 2 ** 18 };
const DECOMPRESS: PoolSizes = { alone: 2 ** 22, together: 2 ** 18 };

/** Memory that the library takes at a time, at most. */
const CHUNK_BYTES = 2 ** 20;

/** Whether this Node brings zstd. */
export function isThere(library: object = zlib): library is ZstdOfNode {
  return 'zstdCompressSync' in library;
}

export function fromNode(library: ZstdOfNode): Engine {
  const { zstdCompressSync, zstdDecompressSync, constants } = library;
  const compressAsync = promisify(library.zstdCompress);
  const decompressAsync = promisify(library.zstdDecompress);
  return {
    compress(bytes, level, together) {
      const options = {
        chunkSize: chunkSize(bytes.length),
        params: { [constants.ZSTD_c_compressionLevel]: level },
      };
      if (!isPooled(bytes.length, together, COMPRESS)) return zstdCompressSync(bytes, options);
      const compressed = inPool(bytes.length, () => compressAsync(bytes, options));
      return compressed.then((frame) => withContentSize(frame, bytes.length));
    },
    decompress(payload, limit, together) {
      // Node takes no limit of nothing; what comes is compared with the claim.
      const options = { chunkSize: chunkSize(limit), maxOutputLength: Math.max(limit, 1) };
      return isPooled(limit, together, DECOMPRESS)
        ? inPool(limit, () => decompressAsync(payload, options)).then(ofItsOwn)
        : ofItsOwn(zstdDecompressSync(payload, options));
    },
  };
}

function chunkSize(expected: number): number {
  return Math.max(2 ** 10, Math.min(expected, CHUNK_BYTES));
}

/** What fits one chunk is a view of it. */
function ofItsOwn(bytes: Uint8Array): Uint8Array {
  return bytes.buffer.byteLength > 2 * bytes.length ? new Uint8Array(bytes) : bytes;
}
