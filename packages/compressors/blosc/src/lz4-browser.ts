import LZ4 from 'numcodecs/lz4';
import { copyMatch } from './blosclz.js';
import type { Lz4 } from './lz4.js';

/** numcodecs' size before a block. */
const SIZE_BYTES = 4;

/** The shortest match. */
const MIN_MATCH = 4;

const codec = new LZ4();

/**
 * numcodecs compresses; it reads broken blocks as other bytes without a word, so that they are decoded here:
 * https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md
 */
export const lz4: Lz4 = {
  async compress(source, target) {
    const block = (await codec.encode(source)).subarray(SIZE_BYTES);
    if (block.length > target.length) return 0;
    target.set(block);
    return block.length;
  },
  decompress(block, target) {
    let from = 0;
    let to = 0;
    /** What bytes of 255 add to a length, up to the first that is not. */
    const more = () => {
      let sum = 0;
      for (let byte = 255; byte === 255; sum += byte) {
        if (from >= block.length) return Number.POSITIVE_INFINITY;
        byte = block[from++] as number;
      }
      return sum;
    };
    while (from < block.length) {
      const token = block[from++] as number;
      const literals = (token >> 4) + (token >> 4 === 15 ? more() : 0);
      if (from + literals > block.length || to + literals > target.length) return false;
      target.set(block.subarray(from, from + literals), to);
      from += literals;
      to += literals;
      if (from === block.length) return to === target.length;
      if (from + 2 > block.length) return false;
      const distance = (block[from] as number) | ((block[from + 1] as number) << 8);
      from += 2;
      const length = (token & 15) + MIN_MATCH + ((token & 15) === 15 ? more() : 0);
      if (distance === 0 || distance > to || to + length > target.length) return false;
      copyMatch(target, to, distance, length);
      to += length;
    }
    return false;
  },
};
