/**
 * The inner loops: `target[at…] = source[order[from…to)]`.
 *
 * One function for each width, each seeing one class of typed array only: a loop that meets a second class
 * runs at half the speed, one that meets five at a fortieth. `order` is signed because indices from a
 * `Uint32Array` cost twice as much. Four elements a turn, because V8's own cost of a turn is as large as
 * that of a copy: 1.0 against 3.5 ns an element in Node 20.
 */

/** Elements of one byte. */
export function copy1(
  source: Uint8Array,
  order: Int32Array,
  from: number,
  to: number,
  target: Uint8Array,
  at: number,
): void {
  let row = from;
  let next = at;
  for (; row + 4 <= to; row += 4, next += 4) {
    target[next] = source[order[row] as number] as number;
    target[next + 1] = source[order[row + 1] as number] as number;
    target[next + 2] = source[order[row + 2] as number] as number;
    target[next + 3] = source[order[row + 3] as number] as number;
  }
  for (; row < to; row++) target[next++] = source[order[row] as number] as number;
}

/** Elements of two bytes. */
export function copy2(
  source: Uint16Array,
  order: Int32Array,
  from: number,
  to: number,
  target: Uint16Array,
  at: number,
): void {
  let row = from;
  let next = at;
  for (; row + 4 <= to; row += 4, next += 4) {
    target[next] = source[order[row] as number] as number;
    target[next + 1] = source[order[row + 1] as number] as number;
    target[next + 2] = source[order[row + 2] as number] as number;
    target[next + 3] = source[order[row + 3] as number] as number;
  }
  for (; row < to; row++) target[next++] = source[order[row] as number] as number;
}

/** Elements of four bytes. */
export function copy4(
  source: Int32Array,
  order: Int32Array,
  from: number,
  to: number,
  target: Int32Array,
  at: number,
): void {
  let row = from;
  let next = at;
  for (; row + 4 <= to; row += 4, next += 4) {
    target[next] = source[order[row] as number] as number;
    target[next + 1] = source[order[row + 1] as number] as number;
    target[next + 2] = source[order[row + 2] as number] as number;
    target[next + 3] = source[order[row + 3] as number] as number;
  }
  for (; row < to; row++) target[next++] = source[order[row] as number] as number;
}

/** Elements of eight bytes, as integers: floats might lose the payload of a NaN. No bigint is ever made. */
export function copy8(
  source: BigUint64Array,
  order: Int32Array,
  from: number,
  to: number,
  target: BigUint64Array,
  at: number,
): void {
  let row = from;
  let next = at;
  for (; row + 4 <= to; row += 4, next += 4) {
    target[next] = source[order[row] as number] as bigint;
    target[next + 1] = source[order[row + 1] as number] as bigint;
    target[next + 2] = source[order[row + 2] as number] as bigint;
    target[next + 3] = source[order[row + 3] as number] as bigint;
  }
  for (; row < to; row++) target[next++] = source[order[row] as number] as bigint;
}

/** Elements of sixteen bytes, as pairs; `at` counts elements. */
export function copy16(
  source: BigUint64Array,
  order: Int32Array,
  from: number,
  to: number,
  target: BigUint64Array,
  at: number,
): void {
  let row = from;
  let next = 2 * at;
  for (; row + 2 <= to; row += 2, next += 4) {
    const one = 2 * (order[row] as number);
    const two = 2 * (order[row + 1] as number);
    target[next] = source[one] as bigint;
    target[next + 1] = source[one + 1] as bigint;
    target[next + 2] = source[two] as bigint;
    target[next + 3] = source[two + 1] as bigint;
  }
  if (row === to) return;
  const last = 2 * (order[row] as number);
  target[next] = source[last] as bigint;
  target[next + 1] = source[last + 1] as bigint;
}

/** Spreads `count` bits, from bit `offset` on, over as many bytes of 0 and 1. */
export function unpackBits(
  bits: Uint8Array,
  offset: number,
  count: number,
  bytes: Uint8Array,
): void {
  for (let i = 0; i < count; i++) {
    const bit = offset + i;
    bytes[i] = ((bits[bit >> 3] as number) >> (bit & 7)) & 1;
  }
}

/** Packs bytes of 0 and 1 into bits, the first into the lowest; what is left of the last byte is zero. */
export function packBits(
  bytes: Uint8Array,
  from: number,
  count: number,
  bits: Uint8Array,
  to: number,
): void {
  const whole = count >> 3;
  for (let i = to, at = from; i < to + whole; i++, at += 8) {
    bits[i] =
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 1) |
      ((bytes[at + 2] as number) << 2) |
      ((bytes[at + 3] as number) << 3) |
      ((bytes[at + 4] as number) << 4) |
      ((bytes[at + 5] as number) << 5) |
      ((bytes[at + 6] as number) << 6) |
      ((bytes[at + 7] as number) << 7);
  }
  const left = count & 7;
  if (left === 0) return;
  let last = 0;
  for (let i = 0; i < left; i++) last |= (bytes[from + count - left + i] as number) << i;
  bits[to + whole] = last;
}
