import { createRequire } from 'node:module';
import { allocate, type Compression, inPool, isPooled, type PoolSizes } from '@spillway/core';

/** A library that makes and reads frames: the size, then the block. */
export type Engine = Pick<Compression, 'compress' | 'decompress'>;

/** The block functions of the package `lz4`, which has no types of its own. */
export interface Lz4 {
  encodeBound(bytes: number): number;
  /** Bytes written to `output` from `start` on; 0 when they don't fit. */
  encodeBlock(input: Uint8Array, output: Uint8Array, start: number): number;
  /** Bytes written to `output`; negative for a broken block. */
  decodeBlock(input: Uint8Array, output: Uint8Array): number;
}

/** What is used of the package `lz4-napi`. It puts the size before the block itself. */
export interface Lz4Napi {
  compressSync(input: Uint8Array): Uint8Array;
  uncompressSync(input: Uint8Array): Uint8Array;
  compress(input: Uint8Array): Promise<Uint8Array>;
  uncompress(input: Uint8Array): Promise<Uint8Array>;
}

/** Bytes of the size before a block. */
export const SIZE_BYTES = 4;

/** LZ4_MAX_INPUT_SIZE. Past 2 GiB the C library would take a size for a negative one (CVE-2021-3520). */
const MAX_BLOCK_BYTES = 0x7e00_0000;

/**
 * Blocks are made in memory used again and again, as touching new memory takes longer than the compression;
 * only large ones get their own.
 */
const SCRATCH_BYTES = 2 ** 20;
let scratch: Uint8Array | undefined;

/** Measured, see docs/compressors.md. */
const COMPRESS: PoolSizes = { alone: 2 ** 22, together: 2 ** 15 };
const DECOMPRESS: PoolSizes = { alone: 2 ** 23, together: 2 ** 16 };

let loaded: Engine | undefined;

/**
 * The fastest library there is.
 *
 * @throws {Error} naming both packages when neither can be loaded.
 */
export function loadEngine(): Engine {
  loaded ??= firstOf(createRequire(import.meta.url));
  return loaded;
}

/** The engine of the first package that `require` can load; `lz4-napi` alone has a thread pool. */
export function firstOf(require: (name: string) => unknown): Engine {
  const lz4 = attempt(() => fromLz4(require('lz4') as Lz4));
  const napi = attempt(() => require('lz4-napi') as Lz4Napi);
  if (napi.value) return withPool(lz4.value ?? fromLz4Napi(napi.value), napi.value);
  if (lz4.value) return lz4.value;
  const cause = new AggregateError([lz4.error, napi.error]);
  throw new Error('LZ4 needs the package lz4 or lz4-napi, and neither can be loaded; install one', {
    cause,
  });
}

function attempt<T>(load: () => T): { value?: T; error?: unknown } {
  try {
    return { value: load() };
  } catch (error) {
    return { error };
  }
}

/** Leaves to the thread pool what would hold up the event loop, or can use more than one core. */
function withPool(engine: Engine, { compress, uncompress }: Lz4Napi): Engine {
  return {
    compress(bytes, together) {
      if (!isPooled(bytes.length, together, COMPRESS)) return engine.compress(bytes, together);
      checkSize(bytes.length);
      return inPool(bytes.length, () => compress(bytes));
    },
    decompress(payload, bytes, together) {
      if (!isPooled(bytes, together, DECOMPRESS))
        return engine.decompress(payload, bytes, together);
      checkSize(bytes);
      return inPool(bytes, () => uncompress(payload));
    },
  };
}

export function fromLz4(lz4: Lz4): Engine {
  return {
    compress(bytes) {
      checkSize(bytes.length);
      const bound = SIZE_BYTES + lz4.encodeBound(bytes.length);
      const memory = memoryFor(bound);
      new DataView(memory.buffer).setUint32(0, bytes.length, true);
      const end = SIZE_BYTES + lz4.encodeBlock(bytes, memory, SIZE_BYTES);
      return memory === scratch ? memory.slice(0, end) : memory.subarray(0, end);
    },
    decompress(payload, bytes) {
      checkSize(bytes);
      const memory = allocate(bytes);
      if (lz4.decodeBlock(payload.subarray(SIZE_BYTES), memory) !== bytes) {
        throw new RangeError(`its block is broken, or holds not the ${bytes} bytes it claims`);
      }
      return memory;
    },
  };
}

export function fromLz4Napi({ compressSync, uncompressSync }: Lz4Napi): Engine {
  return {
    compress(bytes) {
      checkSize(bytes.length);
      return compressSync(bytes);
    },
    decompress(payload, bytes) {
      checkSize(bytes);
      return uncompressSync(payload);
    },
  };
}

function memoryFor(bound: number): Uint8Array {
  if (bound > SCRATCH_BYTES) return allocate(bound);
  scratch ??= allocate(SCRATCH_BYTES);
  return scratch;
}

function checkSize(bytes: number): void {
  if (bytes > MAX_BLOCK_BYTES)
    throw new RangeError(`${bytes} bytes are more than an LZ4 block holds, ${MAX_BLOCK_BYTES}`);
}
