import type { Awaitable } from '@spillway/core';

/** LZ4 blocks without a size, into memory that is there. */
export interface Lz4 {
  /** The bytes written to `target`; 0 when they don't fit. */
  compress(source: Uint8Array, target: Uint8Array): Awaitable<number>;
  /** Whether the block filled `target`, and nothing else. */
  decompress(block: Uint8Array, target: Uint8Array): boolean;
}
