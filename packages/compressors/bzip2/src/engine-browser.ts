/// <reference path="./bzip2-wasm.d.ts" />
import type { Awaitable } from '@spillway/core';
import BZip2 from 'bzip2-wasm';
import { Library } from './library.js';

let library: Library | undefined;

/** One stream. @param level 1 to 9. */
export function compress(bytes: Uint8Array, level: number): Awaitable<Uint8Array> {
  return withLibrary((library) => library.compress(bytes, level));
}

/**
 * The bytes of one stream, or of several one after the other; checksums verified.
 *
 * @param limit more bytes than this are an error, found before memory is taken for them.
 */
export function decompress(payload: Uint8Array, limit: number): Awaitable<Uint8Array> {
  return withLibrary((library) => library.decompress(payload, limit));
}

function withLibrary<T>(work: (library: Library) => T): Awaitable<T> {
  if (library) return work(library);
  return load().then((loaded) => {
    library = loaded;
    return work(loaded);
  });
}

/** The package fetches its WebAssembly beside itself, as bundlers know it. */
async function load(): Promise<Library> {
  const bzip2 = new BZip2();
  await bzip2.init();
  const { wasmModule } = bzip2;
  return new Library(() => ({
    memory: () => wasmModule.HEAPU8,
    malloc: wasmModule._malloc,
    free: wasmModule._free,
    BZ2_bzBuffToBuffCompress: wasmModule._BZ2_bzBuffToBuffCompress,
    BZ2_bzBuffToBuffDecompress: wasmModule._BZ2_bzBuffToBuffDecompress,
  }));
}
