/// <reference path="./webassembly.d.ts" />
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Functions, Library } from './library.js';

type Exports = Omit<Functions, 'memory'> & { readonly memory: WebAssembly.Memory };

const PAGE_BYTES = 2 ** 16;

let module: WebAssembly.Module | undefined;

/** The library on this thread. */
export const library: Library = new Library(instantiate);

/** The package's WebAssembly by itself: its own loader would set globals of the process. */
function instantiate(): Functions {
  module ??= new WebAssembly.Module(readFileSync(wasmFile()));
  const never = () => {
    throw new Error('bzip2 would write a message of its own');
  };
  const instance = new WebAssembly.Instance(module, {
    env: {
      emscripten_resize_heap: (bytes) => (grow(memory, bytes as number) ? 1 : 0),
      emscripten_memcpy_big: (target, source, bytes) => {
        const whole = new Uint8Array(memory.buffer);
        whole.copyWithin(
          target as number,
          source as number,
          (source as number) + (bytes as number),
        );
        return target;
      },
      exit: never,
    },
    wasi_snapshot_preview1: { fd_close: never, fd_write: never, fd_seek: never },
  });
  const { memory, ...functions } = instance.exports as Exports;
  return { ...functions, memory: () => new Uint8Array(memory.buffer) };
}

function grow(memory: WebAssembly.Memory, bytes: number): boolean {
  try {
    memory.grow(Math.ceil((bytes - memory.buffer.byteLength) / PAGE_BYTES));
    return true;
  } catch {
    return false;
  }
}

function wasmFile(): string {
  return createRequire(import.meta.url).resolve('bzip2-wasm/bzip2-1.0.8/bzip2.wasm');
}
