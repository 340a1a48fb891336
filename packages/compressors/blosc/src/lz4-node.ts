import { createRequire } from 'node:module';
import type { Lz4 } from './lz4.js';

/** The block functions of the package `lz4`, which has no types of its own. */
export interface Lz4Package {
  encodeBlock(input: Uint8Array, output: Uint8Array): number;
  decodeBlock(input: Uint8Array, output: Uint8Array): number;
}

/** What is used of the package `lz4-napi`, which puts the size before the block. */
export interface Lz4NapiPackage {
  compressSync(input: Uint8Array): Uint8Array;
  uncompressSync(input: Uint8Array): Uint8Array;
}

const SIZE_BYTES = 4;

export const lz4: Lz4 = load(createRequire(import.meta.url));

/** `lz4`, the C library, where `require` can load it; otherwise `lz4-napi`. */
export function load(require: (name: string) => unknown): Lz4 {
  try {
    return fromLz4(require('lz4') as Lz4Package);
  } catch {
    // An optional dependency, which is compiled when it is installed.
    return fromLz4Napi(require('lz4-napi') as Lz4NapiPackage);
  }
}

function fromLz4({ encodeBlock, decodeBlock }: Lz4Package): Lz4 {
  return {
    compress: encodeBlock,
    decompress: (block, target) => decodeBlock(block, target) === target.length,
  };
}

function fromLz4Napi({ compressSync, uncompressSync }: Lz4NapiPackage): Lz4 {
  return {
    compress(source, target) {
      const block = compressSync(source).subarray(SIZE_BYTES);
      if (block.length > target.length) return 0;
      target.set(block);
      return block.length;
    },
    decompress(block, target) {
      const sized = new Uint8Array(SIZE_BYTES + block.length);
      new DataView(sized.buffer).setUint32(0, target.length, true);
      sized.set(block, SIZE_BYTES);
      const bytes = uncompressSync(sized);
      if (bytes.length !== target.length) return false;
      target.set(bytes);
      return true;
    },
  };
}
