import type { Data, Union } from 'apache-arrow';
import type { Offsets, Values } from './column.js';

/** Bytes of a view: a length, and then the bytes themselves or their first four, a buffer and an offset. */
export const VIEW_BYTES = 16;
export const INLINE_BYTES = 12;

/**
 * Checks that offsets only grow and end within what they point into, and gives the last one.
 *
 * @throws {RangeError} naming the field.
 */
export function checkOffsets(offsets: Offsets, end: number, field: string): number {
  const last = offsets instanceof Int32Array ? lastOf(offsets, field) : lastOfLarge(offsets, field);
  if (last > end) fail(field, `has offsets up to ${last}, and ends at ${end}`);
  return last;
}

/** The signs of all differences at once tell whether any is negative: half the time of a branch for each. */
function lastOf(offsets: Int32Array, field: string): number {
  let last = 0;
  let signs = 0;
  for (let i = 0; i < offsets.length; i++) {
    const offset = offsets[i] as number;
    signs |= offset | (offset - last);
    last = offset;
  }
  if (signs < 0) fail(field, `has offsets that decrease, at row ${firstDecrease(offsets)}`);
  return last;
}

/** By their words: bigints would have to be made of them. */
function lastOfLarge(offsets: BigInt64Array, field: string): number {
  const words = new Int32Array(offsets.buffer, offsets.byteOffset, 2 * offsets.length);
  let last = 0;
  let signs = 0;
  let high = 0;
  for (let i = 0; i < words.length; i += 2) {
    const offset = words[i] as number;
    signs |= offset | (offset - last);
    high |= words[i + 1] as number;
    last = offset;
  }
  if (high === 0 && signs >= 0) return last;
  const row = firstDecrease(offsets);
  if (row >= 0) fail(field, `has offsets that decrease, at row ${row}`);
  return Number(offsets.at(-1));
}

/** The first offset that is below the one before it, or below zero; -1 if there is none. */
function firstDecrease(offsets: Offsets): number {
  let last: number | bigint = 0;
  for (let i = 0; i < offsets.length; i++) {
    const offset = offsets[i] as number | bigint;
    if (offset < last) return i;
    last = offset;
  }
  return -1;
}

/** Checks that views point into the buffers. @throws {RangeError} naming the field. */
export function checkViews(views: Uint8Array, buffers: readonly Uint8Array[], field: string): void {
  const data = new DataView(views.buffer, views.byteOffset, views.byteLength);
  for (let at = 0; at < views.length; at += VIEW_BYTES) {
    const length = data.getInt32(at, true);
    if (length >= 0 && length <= INLINE_BYTES) continue;
    const bytes = buffers[data.getInt32(at + 8, true)]?.length ?? -1;
    const offset = data.getInt32(at + 12, true);
    if (length < 0 || offset < 0 || offset + length > bytes)
      fail(field, `has a view that points nowhere, at row ${at / VIEW_BYTES}`);
  }
}

/** Checks that indices which aren't null are of values there are. @throws {RangeError} naming the field. */
export function checkIndices(column: Data, field: string): void {
  const values = column.values as Values;
  const count = column.dictionary?.length ?? 0;
  for (let i = 0; i < values.length; i++) {
    const index = values[i] as number;
    if (index >= 0 && index < count) continue;
    if (column.getValid(i))
      fail(field, `has the index ${index} into a dictionary of ${count}, at row ${i}`);
  }
}

/** Checks that each row's member of a union is there. @throws {RangeError} naming the field. */
export function checkTypeIds(
  type: Union,
  typeIds: Int8Array,
  children: readonly Data[],
  offsets: Int32Array | undefined,
  field: string,
): void {
  for (let i = 0; i < typeIds.length; i++) {
    const child = children[type.typeIdToChildIndex[typeIds[i] as number] ?? -1];
    const at = offsets?.[i] ?? 0;
    if (child === undefined || at < 0 || (offsets !== undefined && at >= child.length))
      fail(field, `has no such member as row ${i} says`);
  }
}

function fail(field: string, what: string): never {
  throw new RangeError(`its field "${field}" ${what}`);
}
