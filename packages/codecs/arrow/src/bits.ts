/** Bits `begin` to `begin + length` as a bitmap of its own; a view of the given one where a byte begins there. */
export function sliceBits(bitmap: Uint8Array, begin: number, length: number): Uint8Array {
  const first = begin >> 3;
  const shift = begin & 7;
  const bytes = (length + 7) >> 3;
  if (shift === 0) return bitmap.subarray(first, first + bytes);
  const bits = new Uint8Array(bytes);
  for (let i = 0; i < bytes; i++) {
    const low = bitmap[first + i] as number;
    const high = bitmap[first + i + 1] ?? 0;
    bits[i] = (low >> shift) | (high << (8 - shift));
  }
  return bits;
}

export function getBit(bitmap: Uint8Array, index: number): boolean {
  return ((bitmap[index >> 3] as number) & (1 << (index & 7))) !== 0;
}

export function setBit(bitmap: Uint8Array, index: number): void {
  bitmap[index >> 3] = (bitmap[index >> 3] as number) | (1 << (index & 7));
}
