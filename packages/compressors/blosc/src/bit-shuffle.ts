/**
 * Puts the lowest bits of all elements before their second ones, and so on: https://github.com/kiyo-masui/bitshuffle.
 * As in the C library, only blocks of a multiple of eight elements are moved.
 */
export function bitShuffle(source: Uint8Array, target: Uint8Array, typesize: number): void {
  const elements = Math.floor(source.length / typesize);
  if (elements % 8 !== 0) {
    target.set(source);
    return;
  }
  const rowBytes = elements / 8;
  for (let byte = 0; byte < typesize; byte++) {
    for (let column = 0; column < rowBytes; column++) {
      const from = 8 * column * typesize + byte;
      let low = 0;
      let high = 0;
      for (let i = 0; i < 4; i++) {
        low |= (source[from + i * typesize] as number) << (8 * i);
        high |= (source[from + (i + 4) * typesize] as number) << (8 * i);
      }
      [low, high] = transpose(low, high) as [number, number];
      const to = 8 * byte * rowBytes + column;
      for (let i = 0; i < 4; i++) {
        target[to + i * rowBytes] = low >>> (8 * i);
        target[to + (i + 4) * rowBytes] = high >>> (8 * i);
      }
    }
  }
  target.set(source.subarray(elements * typesize), elements * typesize);
}

/** The reverse of {@link bitShuffle}. */
export function bitUnshuffle(source: Uint8Array, target: Uint8Array, typesize: number): void {
  const elements = Math.floor(source.length / typesize);
  if (elements % 8 !== 0) {
    target.set(source);
    return;
  }
  const rowBytes = elements / 8;
  for (let byte = 0; byte < typesize; byte++) {
    for (let column = 0; column < rowBytes; column++) {
      const from = 8 * byte * rowBytes + column;
      let low = 0;
      let high = 0;
      for (let i = 0; i < 4; i++) {
        low |= (source[from + i * rowBytes] as number) << (8 * i);
        high |= (source[from + (i + 4) * rowBytes] as number) << (8 * i);
      }
      [low, high] = transpose(low, high) as [number, number];
      const to = 8 * column * typesize + byte;
      for (let i = 0; i < 4; i++) {
        target[to + i * typesize] = low >>> (8 * i);
        target[to + (i + 4) * typesize] = high >>> (8 * i);
      }
    }
  }
  target.set(source.subarray(elements * typesize), elements * typesize);
}

/** A square of eight by eight bits, its rows the bytes of two words: Hacker's Delight, section 7-3. */
function transpose(low: number, high: number): readonly [low: number, high: number] {
  let x = low;
  let y = high;
  let t = (x ^ (x >>> 7)) & 0x00aa00aa;
  x ^= t ^ (t << 7);
  t = (y ^ (y >>> 7)) & 0x00aa00aa;
  y ^= t ^ (t << 7);
  t = (x ^ (x >>> 14)) & 0x0000cccc;
  x ^= t ^ (t << 14);
  t = (y ^ (y >>> 14)) & 0x0000cccc;
  y ^= t ^ (t << 14);
  return [(x & 0x0f0f0f0f) | ((y << 4) & 0xf0f0f0f0), ((x >>> 4) & 0x0f0f0f0f) | (y & 0xf0f0f0f0)];
}
