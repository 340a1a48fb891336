import type { Store } from '@spillway/core';

/** A byte store that counts its memory, as `Dict()` does. */
export type MemoryStore = Store & {
  /** Bytes of memory that the contents take. */
  readonly memory: number;
  /** Each key with the bytes it holds. */
  sizes(): Iterable<readonly [key: string, bytes: number]>;
};
