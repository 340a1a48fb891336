import type { Awaitable } from '@spillway/core';

/** A library that makes and reads frames. */
export interface Engine {
  /** One frame. @param level 1 to 22. @param together how many values are compressed together. */
  compress(bytes: Uint8Array, level: number, together: number): Awaitable<Uint8Array>;
  /**
   * The content of one frame.
   *
   * @param limit more bytes than this are an error, found before memory is taken for many more.
   * @param together how many payloads are decompressed together.
   */
  decompress(payload: Uint8Array, limit: number, together: number): Awaitable<Uint8Array>;
}
