import { INLINE_BYTES, VIEW_BYTES } from './check-column.js';
import type { Parts } from './column.js';

/** Views with one buffer of the bytes that they show, unless all bytes of their buffers are shown anyway. */
export function compactViews(views: Uint8Array, buffers: readonly Uint8Array[]): Parts {
  const data = new DataView(views.buffer, views.byteOffset, views.byteLength);
  let shown = 0;
  for (let at = 0; at < views.length; at += VIEW_BYTES) {
    const length = data.getInt32(at, true);
    if (length > INLINE_BYTES) shown += length;
  }
  if (shown >= buffers.reduce((sum, { length }) => sum + length, 0))
    return { values: views, variadic: buffers };
  const values = views.slice();
  const target = new DataView(values.buffer, values.byteOffset, values.byteLength);
  const bytes = new Uint8Array(shown);
  let used = 0;
  for (let at = 0; at < views.length; at += VIEW_BYTES) {
    const length = data.getInt32(at, true);
    if (length <= INLINE_BYTES) continue;
    const from = data.getInt32(at + 12, true);
    const buffer = buffers[data.getInt32(at + 8, true)] as Uint8Array;
    bytes.set(buffer.subarray(from, from + length), used);
    target.setInt32(at + 8, 0, true);
    target.setInt32(at + 12, used, true);
    used += length;
  }
  return { values, variadic: shown > 0 ? [bytes] : [] };
}
