import type { Batch } from './entries.js';

/** Values one after another in one piece of memory, which also has their lengths. */
export interface PackedValues {
  readonly memory: DataView;
  /** Where the lengths are: 4 bytes each, little-endian. */
  readonly lengthsAt: number;
  readonly valuesAt: number;
}

/**
 * A batch whose values came packed, as in a message. A store that copies small values does it from `packed`; for any
 * other one `values` are views of the memory, made when it asks for them, which costs as much as copying does.
 */
export class PackedBatch implements Batch<Uint8Array> {
  readonly keys: readonly string[];
  readonly packed: PackedValues;
  #values: readonly Uint8Array[] | undefined;

  constructor(keys: readonly string[], packed: PackedValues) {
    this.keys = keys;
    this.packed = packed;
  }

  get values(): readonly Uint8Array[] {
    this.#values ??= views(this.keys.length, this.packed);
    return this.#values;
  }
}

function views(count: number, { memory, lengthsAt, valuesAt }: PackedValues): Uint8Array[] {
  const { buffer, byteOffset } = memory;
  const values = new Array<Uint8Array>(count);
  let at = byteOffset + valuesAt;
  for (let i = 0; i < count; i++) {
    const length = memory.getUint32(lengthsAt + 4 * i, true);
    values[i] = new Uint8Array(buffer, at, length);
    at += length;
  }
  return values;
}
