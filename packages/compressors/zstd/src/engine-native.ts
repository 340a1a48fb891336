import { inPool, isPooled, type PoolSizes } from '@spillway/core';
import type { Engine } from './engine.js';
import * as wasm from './engine-wasm.js';
import { readFrame, withContentSize } from './frame.js';

/** What is used of the package `@toondepauw/node-zstd`. */
export interface NodeZstd {
  readonly Encoder: new (level: number) => { encode(bytes: Uint8Array): Promise<Uint8Array> };
  readonly Decoder: new () => { decode(payload: Uint8Array): Promise<Uint8Array> };
}

/** Measured, see docs/compressors.md. */
const POOLED: PoolSizes = { alone: 2 ** 20, together: 2 ** 15 };

/** Above this level the library prepares more memory for each value than small ones are worth. */
const LIGHT_LEVEL = 6;
const HEAVY: PoolSizes = { alone: 2 ** 20, together: 2 ** 19 };

/** What a frame may hold beyond its claim, in bytes, for the library to find the lie by decoding it all. */
const EXCESS_BYTES = 2 ** 20;

/** WebAssembly for small values, the native library in the thread pool for large ones and many. */
export function fromNative({ Encoder, Decoder }: NodeZstd): Engine {
  const decoder = new Decoder();
  return {
    compress(bytes, level, together) {
      const sizes = level > LIGHT_LEVEL ? HEAVY : POOLED;
      if (!isPooled(bytes.length, together, sizes)) return wasm.compress(bytes, level);
      const compressed = inPool(bytes.length, () => new Encoder(level).encode(bytes));
      return compressed.then((frame) => withContentSize(frame, bytes.length));
    },
    decompress(payload, limit, together) {
      // The native library knows no limit; WebAssembly stops at the claim.
      const fits = readFrame(payload).most <= limit + EXCESS_BYTES;
      return fits && isPooled(limit, together, POOLED)
        ? inPool(limit, () => decoder.decode(payload))
        : wasm.decompress(payload, limit);
    },
  };
}
