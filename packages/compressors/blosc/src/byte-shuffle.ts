import { kernels, LANES, placeOf, TILE_BYTES } from './kernels.js';

/**
 * Puts the first bytes of all elements before their second ones, and so on. What is left behind the last whole element
 * stays where it is. Of elements of two bytes, `unzip` takes the first ones from the second ones; of those of four or
 * eight, it does so in two or three passes.
 */
export function shuffle(source: Uint8Array, target: Uint8Array, typesize: number): void {
  const elements = Math.floor(source.length / typesize);
  const { memory, unzip } = kernels();
  const place = placeOf(target);
  let at = 0;
  for (const count of tiles(elements, typesize)) {
    const bytes = count * typesize;
    memory.set(source.subarray(at * typesize, at * typesize + bytes));
    const from = inPasses(typesize, (from, to) => unzip(from, to, to + bytes / 2, bytes));
    // The last pass, into rows of one kind of byte.
    const [rows, stride] =
      place === undefined ? [TILE_BYTES - from, count] : [place + at, elements];
    for (let row = 0; row < typesize / 2; row++) {
      const even = rows + row * stride;
      unzip(from + 2 * row * count, even, even + (typesize / 2) * stride, 2 * count);
    }
    if (place === undefined)
      copyRows(typesize, count, memory.subarray(rows), count, target.subarray(at), elements);
    at += count;
  }
  for (let byte = 0; byte < typesize; byte++)
    for (let i = at; i < elements; i++)
      target[byte * elements + i] = source[i * typesize + byte] as number;
  copyRest(source, target, elements * typesize);
}

/** The reverse of {@link shuffle}. */
export function unshuffle(source: Uint8Array, target: Uint8Array, typesize: number): void {
  const elements = Math.floor(source.length / typesize);
  const { memory, zip } = kernels();
  const place = placeOf(source);
  let at = 0;
  for (const count of tiles(elements, typesize)) {
    const bytes = count * typesize;
    if (place === undefined)
      copyRows(typesize, count, source.subarray(at), elements, memory.subarray(TILE_BYTES), count);
    // The first pass, from rows of one kind of byte.
    const [rows, stride] = place === undefined ? [TILE_BYTES, count] : [place + at, elements];
    for (let row = 0; row < typesize / 2; row++) {
      const even = rows + row * stride;
      zip(even, even + (typesize / 2) * stride, 2 * row * count, 2 * count);
    }
    const from = inPasses(typesize, (from, to) => zip(from, from + bytes / 2, to, bytes));
    target.set(memory.subarray(from, from + bytes), at * typesize);
    at += count;
  }
  for (let byte = 0; byte < typesize; byte++)
    for (let i = at; i < elements; i++)
      target[i * typesize + byte] = source[byte * elements + i] as number;
  copyRest(source, target, elements * typesize);
}

/** How many elements the kernels move at a time; those left, and typesizes that are no power of two, they don't. */
function* tiles(elements: number, typesize: number): Generator<number> {
  if (typesize === 1 || !Number.isInteger(Math.log2(typesize))) return;
  const most = TILE_BYTES / typesize;
  for (let left = elements - (elements % LANES); left > 0; left -= most) yield Math.min(left, most);
}

/** All passes but the one to or from rows, between the two tiles, beginning with the first. Gives where they end. */
function inPasses(typesize: number, pass: (from: number, to: number) => void): number {
  let from = 0;
  for (let size = typesize; size > 2; size /= 2) {
    pass(from, TILE_BYTES - from);
    from = TILE_BYTES - from;
  }
  return from;
}

/** Copies rows of some bytes, each a stride behind the one before. */
function copyRows(
  rows: number,
  bytes: number,
  source: Uint8Array,
  sourceStride: number,
  target: Uint8Array,
  targetStride: number,
): void {
  for (let row = 0; row < rows; row++)
    target.set(source.subarray(row * sourceStride, row * sourceStride + bytes), row * targetStride);
}

function copyRest(source: Uint8Array, target: Uint8Array, from: number): void {
  if (from < source.length) target.set(source.subarray(from), from);
}
