import { createRequire } from 'node:module';
import * as zlib from 'node:zlib';
import type { Engine } from './engine.js';
import { fromNative, type NodeZstd } from './engine-native.js';
import * as wasm from './engine-wasm.js';
import { fromNode, isThere } from './engine-zlib.js';

export const { compress, decompress }: Engine = chooseEngine(createRequire(import.meta.url));

/** Node's own zstd; before 22.15, the native library where `require` can load it; otherwise WebAssembly. */
export function chooseEngine(require: (name: string) => unknown, library: object = zlib): Engine {
  if (isThere(library)) return fromNode(library);
  try {
    return fromNative(require('@toondepauw/node-zstd') as NodeZstd);
  } catch {
    // An optional dependency, for which not every machine has a binary.
    return wasm;
  }
}
