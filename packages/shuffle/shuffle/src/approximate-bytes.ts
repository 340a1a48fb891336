/** Bytes of an object or array, and of each value in it: about what V8 takes on 64-bit machines. */
const OBJECT_BYTES = 32;
const VALUE_BYTES = 16;

/** Deeper values are not looked into. */
const MOST_DEPTH = 8;

/** About how many bytes of memory a value takes. */
export function approximateBytes(value: unknown, depth = 0): number {
  if (typeof value === 'string') return VALUE_BYTES + value.length;
  if (typeof value !== 'object' || value === null || depth > MOST_DEPTH) return VALUE_BYTES;
  if (ArrayBuffer.isView(value)) return OBJECT_BYTES + value.byteLength;
  let bytes = OBJECT_BYTES;
  const members = Array.isArray(value) || value instanceof Set || value instanceof Map;
  if (members) for (const member of value) bytes += approximateBytes(member, depth + 1);
  else {
    for (const name in value)
      bytes += approximateBytes((value as { [name: string]: unknown })[name], depth + 1);
  }
  return bytes;
}
