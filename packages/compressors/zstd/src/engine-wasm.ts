import type { Awaitable } from '@spillway/core';
import { readFrame } from './frame.js';

type Library = typeof import('@cloudpss/zstd/wasm');

let loaded: Library | undefined;

/** One frame. @param level 1 to 22. */
export function compress(bytes: Uint8Array, level: number): Awaitable<Uint8Array> {
  return withLibrary((library) => library.compress(bytes, level));
}

/**
 * The content of one frame.
 *
 * @param limit more bytes than this are an error, found before memory is taken for them.
 */
export function decompress(payload: Uint8Array, limit: number): Awaitable<Uint8Array> {
  const { content, most } = readFrame(payload);
  // The library reserves as much, and stops there.
  if ((content ?? most) > limit)
    throw new RangeError(`it may hold ${content ?? most} bytes, more than ${limit}`);
  return withLibrary((library) => library.decompress(payload));
}

/** Loaded when it is used for the first time, as compiling it takes a moment. */
function withLibrary<T>(work: (library: Library) => T): Awaitable<T> {
  if (loaded) return work(loaded);
  return import('@cloudpss/zstd/wasm').then((library) => {
    loaded = library;
    return work(library);
  });
}
