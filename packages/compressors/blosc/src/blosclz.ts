/** Where the distance of a match has two more bytes: https://github.com/Blosc/c-blosc/blob/main/blosc/blosclz.c */
const FAR = 8191;

/**
 * Decodes a BloscLZ stream, the format of Python's `blosc.compress` by default.
 *
 * @returns whether it filled `target`, and nothing else.
 */
export function decodeBlosclz(stream: Uint8Array, target: Uint8Array): boolean {
  let from = 0;
  let to = 0;
  while (from < stream.length) {
    // The first instruction is always a literal.
    const control = from === 0 ? (stream[from++] as number) & 31 : (stream[from++] as number);
    if (control < 32) {
      const end = from + control + 1;
      if (end > stream.length || to + control + 1 > target.length) return false;
      while (from < end) target[to++] = stream[from++] as number;
      continue;
    }
    let length = (control >> 5) + 2;
    if (length === 9) {
      let more: number;
      do {
        if (from >= stream.length) return false;
        more = stream[from++] as number;
        length += more;
      } while (more === 255);
    }
    if (from >= stream.length) return false;
    const low = stream[from++] as number;
    let distance = ((control & 31) << 8) + low + 1;
    if (distance === FAR + 1) {
      if (from + 2 > stream.length) return false;
      distance = FAR + 1 + ((stream[from] as number) << 8) + (stream[from + 1] as number);
      from += 2;
    }
    if (distance > to || to + length > target.length) return false;
    copyMatch(target, to, distance, length);
    to += length;
  }
  return to === target.length;
}

/** Copies bytes from before, which may be bytes that this very copy writes. */
export function copyMatch(target: Uint8Array, to: number, distance: number, length: number): void {
  if (distance >= length && length > 32) {
    target.copyWithin(to, to - distance, to - distance + length);
  } else if (distance === 1) {
    target.fill(target[to - 1] as number, to, to + length);
  } else {
    for (let at = to; at < to + length; at++) target[at] = target[at - distance] as number;
  }
}
