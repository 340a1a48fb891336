/** Bytes of an array, from a multiple of eight on: a view if that is where they are, or else a copy. */
export function alignedBytes(values: ArrayBufferView | undefined, bytes: number): Uint8Array {
  if (values && values.byteLength >= bytes && values.byteOffset % 8 === 0) {
    return new Uint8Array(values.buffer, values.byteOffset, bytes);
  }
  const aligned = new Uint8Array(bytes);
  copyBytes(values, bytes, aligned);
  return aligned;
}

/** Copies bytes of an array. Those that are missing, because all values are null, become zeros. */
export function copyBytes(
  values: ArrayBufferView | undefined,
  bytes: number,
  target: Uint8Array,
): void {
  const there = Math.min(bytes, values?.byteLength ?? 0);
  if (values) target.set(new Uint8Array(values.buffer, values.byteOffset, there));
  if (there < bytes) target.fill(0, there, bytes);
}
