import { allocate } from '@spillway/core';
import { shuffle, unshuffle } from './byte-shuffle.js';
import { kernels, TILE_BYTES } from './kernels.js';

/** Elements whose bits of one kind make a byte. */
const SQUARE = 8;

/**
 * Puts the lowest bits of all elements before their second ones, and so on: https://github.com/kiyo-masui/bitshuffle.
 * As in the C library, only blocks of a multiple of eight elements are moved.
 */
export function bitShuffle(source: Uint8Array, target: Uint8Array, typesize: number): void {
  const moved = movedBytes(source.length, typesize);
  const scratch = allocate(moved);
  shuffle(source.subarray(0, moved), scratch, typesize);
  transpose(scratch);
  inRows(shuffle, scratch, target, typesize);
  target.set(source.subarray(moved), moved);
}

/** The reverse of {@link bitShuffle}. */
export function bitUnshuffle(source: Uint8Array, target: Uint8Array, typesize: number): void {
  const moved = movedBytes(source.length, typesize);
  const scratch = allocate(moved);
  inRows(unshuffle, source.subarray(0, moved), scratch, typesize);
  transpose(scratch);
  unshuffle(scratch, target.subarray(0, moved), typesize);
  target.set(source.subarray(moved), moved);
}

function movedBytes(bytes: number, typesize: number): number {
  const elements = Math.floor(bytes / typesize);
  return elements % SQUARE === 0 ? elements * typesize : 0;
}

/** Turns eight bytes of one kind, of eight elements, into eight bytes of bits of one kind, and the reverse. */
function transpose(bytes: Uint8Array): void {
  const { memory, transpose } = kernels();
  for (let at = 0; at < bytes.length; at += TILE_BYTES) {
    const tile = bytes.subarray(at, at + TILE_BYTES);
    memory.set(tile);
    transpose(0, tile.length);
    tile.set(memory.subarray(0, tile.length));
  }
}

/** Shuffles the bytes of each kind by themselves. */
function inRows(
  move: typeof shuffle,
  source: Uint8Array,
  target: Uint8Array,
  typesize: number,
): void {
  const bytes = source.length / typesize;
  for (let at = 0; at < source.length; at += bytes)
    move(source.subarray(at, at + bytes), target.subarray(at, at + bytes), SQUARE);
}
