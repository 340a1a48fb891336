import { type Data, DataType, Type } from 'apache-arrow';
import { unpackBits } from './copy.js';
import { alignedBytes } from './data.js';
import { fromHalf } from './half.js';
import { Offsets } from './offsets.js';
import { Scratch } from './scratch.js';
import { FOUR } from './stream.js';
import { ViewBytes } from './views.js';

/**
 * The values of a key column in one of two shapes, in which equal values are equal also between integers or
 * floats of different widths:
 * - `words`: two little-endian words each, of a 64-bit integer or a double; one NaN, and no -0;
 * - `bytes`: those of row `i` are `source[offsets[i]…offsets[i + 1])`.
 */
export type KeyValues = Shape & {
  readonly length: number;
  /** For each row 0 if it is null, else 1; undefined when none is. */
  readonly valid: Uint8Array | undefined;
};

export type Words = { readonly shape: 'words'; readonly words: Int32Array };
export type Bytes = {
  readonly shape: 'bytes';
  readonly source: Uint8Array;
  readonly offsets: Int32Array;
};
type Shape = Words | Bytes;

/** The shape of a type's values; `undefined` for one whose values are no keys. */
export function shapeOf(type: DataType): 'words' | 'bytes' | undefined {
  switch (type.typeId as Type) {
    case Type.Null:
    case Type.Bool:
    case Type.Int:
    case Type.Date:
    case Type.Time:
    case Type.Timestamp:
    case Type.Duration:
    case Type.Float:
      return 'words';
    case Type.Decimal:
    case Type.FixedSizeBinary:
    case Type.Utf8:
    case Type.LargeUtf8:
    case Type.Binary:
    case Type.LargeBinary:
    case Type.Utf8View:
    case Type.BinaryView:
      return 'bytes';
    default:
      return undefined;
  }
}

/** Brings the values of columns into shape. What it gives is good until the next call. */
export class KeyReader {
  readonly #valid = new Scratch(Uint8Array);
  readonly #words = new Scratch(Float64Array);
  readonly #starts = new Scratch(Int32Array);
  readonly #offsets = new Offsets();
  readonly #views = new ViewBytes();

  /** @throws {TypeError} for a type that has no shape. */
  read(data: Data): KeyValues {
    const { length } = data;
    let valid: Uint8Array | undefined;
    if (DataType.isNull(data.type)) {
      valid = this.#valid.take(length).fill(0);
    } else if (data.nullCount > 0) {
      valid = this.#valid.take(length);
      unpackBits(data.nullBitmap, data.offset, length, valid);
    }
    return { ...this.#shape(data), length, valid };
  }

  /** As {@link read}, but with every NaN and -0 as it is. */
  readExactly(data: Data): KeyValues {
    const values = this.read(data);
    if (!DataType.isFloat(data.type)) return values;
    return { ...this.#blocks(data), length: values.length, valid: values.valid };
  }

  #shape(data: Data): Shape {
    const { length } = data;
    switch (data.typeId as Type) {
      case Type.Null:
        return this.#integers(new Uint8Array(length), length);
      case Type.Bool: {
        const bytes = new Uint8Array(length);
        unpackBits(data.values, data.offset, length, bytes);
        return this.#integers(bytes, length);
      }
      case Type.Float:
        return this.#floats(data.values, length);
      case Type.Decimal:
      case Type.FixedSizeBinary:
        return this.#blocks(data);
      case Type.Utf8View:
      case Type.BinaryView:
        return { shape: 'bytes', ...this.#views.load(data) };
      default:
    }
    if (shapeOf(data.type) === 'words') return this.#integers(data.values, length);
    if (shapeOf(data.type) === 'bytes') return this.#ranges(data);
    throw new TypeError(`values of ${data.type} can't be keys`);
  }

  #integers(values: Integers, length: number): Words {
    if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
      return { shape: 'words', words: FOUR.view(alignedBytes(values, 8 * length)) };
    }
    const words = this.#take(length);
    const extend = values instanceof Uint32Array ? 0 : -1;
    for (let i = 0; i < length; i++) {
      const value = values[i] as number;
      words[2 * i] = value;
      words[2 * i + 1] = (value >> 31) & extend;
    }
    return { shape: 'words', words };
  }

  #floats(values: Uint16Array | Float32Array | Float64Array, length: number): Words {
    const words = this.#take(length);
    const doubles = new Float64Array(words.buffer, 0, length);
    if (values instanceof Uint16Array)
      doubles.set(Array.from(values.subarray(0, length), fromHalf));
    else doubles.set(values.subarray(0, length));
    for (let i = 0; i < length; i++) {
      const value = doubles[i] as number;
      if (value === 0) doubles[i] = 0;
      if (!Number.isNaN(value)) continue;
      words[2 * i] = 0;
      words[2 * i + 1] = NAN_HIGH_WORD;
    }
    return { shape: 'words', words };
  }

  #blocks({ values, stride, length }: Data): Bytes {
    const width = values.BYTES_PER_ELEMENT * stride;
    const offsets = this.#starts.take(length + 1);
    for (let i = 0; i <= length; i++) offsets[i] = i * width;
    return { shape: 'bytes', source: alignedBytes(values, length * width), offsets };
  }

  #ranges(data: Data): Bytes {
    this.#offsets.load(data);
    const { array, first, count } = this.#offsets;
    const source = (data.values as Uint8Array).subarray(first, first + count);
    return { shape: 'bytes', source, offsets: array };
  }

  #take(length: number): Int32Array {
    return new Int32Array(this.#words.take(length).buffer);
  }
}

type Integers =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** The high word of the NaN that all others become. */
const NAN_HIGH_WORD = 0x7ff80000;
