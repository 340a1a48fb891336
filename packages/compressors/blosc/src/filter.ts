import { bitShuffle, bitUnshuffle } from './bit-shuffle.js';
import { shuffle, unshuffle } from './byte-shuffle.js';
import type { Header } from './header.js';

/** A shuffle of a block, there and back. */
export interface Filter {
  apply(source: Uint8Array, target: Uint8Array): void;
  undo(source: Uint8Array, target: Uint8Array): void;
}

/** The shuffle of a chunk's blocks; undefined where it would change nothing. */
export function filterOf({
  shuffle: kind,
  typesize,
}: Pick<Header, 'shuffle' | 'typesize'>): Filter | undefined {
  if (kind === 'bit') {
    return {
      apply: (source, target) => bitShuffle(source, target, typesize),
      undo: (source, target) => bitUnshuffle(source, target, typesize),
    };
  }
  if (kind === 'none' || typesize === 1) return undefined;
  return {
    apply: (source, target) => shuffle(source, target, typesize),
    undo: (source, target) => unshuffle(source, target, typesize),
  };
}
