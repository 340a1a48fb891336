import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

/** A `WebAssembly.Module`: neither ECMAScript's nor Node's types have it. */
export type ParquetLibrary = object;

interface Engine {
  compile(bytes: Uint8Array): Promise<ParquetLibrary>;
}

const { WebAssembly } = globalThis as unknown as { WebAssembly: Engine };

const WASM = 'parquet-wasm/esm/parquet_wasm_bg.wasm';

let library: Promise<ParquetLibrary> | undefined;

/**
 * parquet-wasm, compiled once and kept, as modules are that were imported. Threads that get it share its machine code;
 * otherwise each would make its own, each time.
 */
export function parquetLibrary(): Promise<ParquetLibrary> {
  library ??= compile();
  return library;
}

async function compile(): Promise<ParquetLibrary> {
  return WebAssembly.compile(await readFile(createRequire(import.meta.url).resolve(WASM)));
}
