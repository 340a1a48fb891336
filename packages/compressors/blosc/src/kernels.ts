import { type Awaitable, allocate } from '@spillway/core';
import { SHUFFLE_WASM } from './shuffle-wasm.js';

/** The functions of shuffle.wat: places and sizes in bytes. */
export interface Kernels {
  readonly memory: Uint8Array;
  unzip(from: number, even: number, odd: number, bytes: number): void;
  zip(even: number, odd: number, to: number, bytes: number): void;
  transpose(at: number, bytes: number): void;
}

/** Bytes of a tile. The memory begins with two. */
export const TILE_BYTES = 2 ** 17;

/** Behind them is room for a block that is shuffled. */
const ROOM_AT = 2 * TILE_BYTES;

/** Elements that the kernels move at a time. */
export const LANES = 16;

/** The part of WebAssembly that is used here: neither ECMAScript's nor Node's types have it. */
interface Engine {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
}

let instance: Kernels | undefined;
let isRoomTaken = false;

/** The one instance of this thread. */
export function kernels(): Kernels {
  instance ??= instantiate((globalThis as unknown as { WebAssembly: Engine }).WebAssembly);
  return instance;
}

/**
 * Does some work with memory for a block that is shuffled: the room of the kernels, which spares a copy, when it is free
 * and large enough.
 */
export function withRoom<T>(bytes: number, work: (room: Uint8Array) => Awaitable<T>): Awaitable<T> {
  const { memory } = kernels();
  if (isRoomTaken || ROOM_AT + bytes > memory.length) return work(allocate(bytes));
  isRoomTaken = true;
  const give = () => {
    isRoomTaken = false;
  };
  let working: Awaitable<T> | undefined;
  try {
    working = work(memory.subarray(ROOM_AT, ROOM_AT + bytes));
    return working instanceof Promise ? working.finally(give) : working;
  } finally {
    if (!(working instanceof Promise)) give();
  }
}

/** Where bytes are in the memory of the kernels; undefined for those elsewhere. */
export function placeOf(bytes: Uint8Array): number | undefined {
  return bytes.buffer === kernels().memory.buffer ? bytes.byteOffset : undefined;
}

function instantiate({ Instance, Module }: Engine): Kernels {
  const bytes = Uint8Array.from(atob(SHUFFLE_WASM), (char) => char.charCodeAt(0));
  const { memory, ...functions } = new Instance(new Module(bytes)).exports as Omit<
    Kernels,
    'memory'
  > & { readonly memory: { readonly buffer: ArrayBuffer } };
  return { ...functions, memory: new Uint8Array(memory.buffer) };
}
