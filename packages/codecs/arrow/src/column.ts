import { Data, type DataType, Dictionary, type Int, Type, type Vector } from 'apache-arrow';

/**
 * How the memory of a type is laid out (https://arrow.apache.org/docs/format/Columnar.html): which buffers and
 * children its columns have.
 */
export type Layout =
  | 'null'
  | 'bits'
  | 'fixed'
  | 'bytes'
  | 'views'
  | 'list'
  | 'fixed-list'
  | 'struct'
  | 'union'
  | 'dictionary';

const LAYOUTS: { readonly [type in Type]?: Layout } = {
  [Type.Null]: 'null',
  [Type.Bool]: 'bits',
  [Type.Int]: 'fixed',
  [Type.Float]: 'fixed',
  [Type.Decimal]: 'fixed',
  [Type.Date]: 'fixed',
  [Type.Time]: 'fixed',
  [Type.Timestamp]: 'fixed',
  [Type.Interval]: 'fixed',
  [Type.Duration]: 'fixed',
  [Type.FixedSizeBinary]: 'fixed',
  [Type.Utf8]: 'bytes',
  [Type.LargeUtf8]: 'bytes',
  [Type.Binary]: 'bytes',
  [Type.LargeBinary]: 'bytes',
  [Type.Utf8View]: 'views',
  [Type.BinaryView]: 'views',
  [Type.List]: 'list',
  [Type.LargeList]: 'list',
  [Type.Map]: 'list',
  [Type.FixedSizeList]: 'fixed-list',
  [Type.Struct]: 'struct',
  [Type.Union]: 'union',
  [Type.Dictionary]: 'dictionary',
};

/** @throws {TypeError} for a type that isn't known here. */
export function layoutOf(type: DataType): Layout {
  const layout = LAYOUTS[type.typeId as Type];
  if (layout === undefined) throw new TypeError(`the type ${type} is unknown`);
  return layout;
}

/** Elements of a column's values. */
export type Values =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

/** Offsets into values or a child. */
export type Offsets = Int32Array | BigInt64Array;

/** What a column is made of, as far as its layout has it. */
export interface Parts {
  validity?: Uint8Array | undefined;
  readonly offsets?: Offsets;
  readonly values?: Values;
  readonly typeIds?: Int8Array;
  readonly children?: Data[];
  readonly dictionary?: Vector;
  readonly variadic?: readonly Uint8Array[];
}

/** Makes a column from its first bit and byte on; of `-1` nulls, they are counted when asked for. */
export function makeColumn(type: DataType, length: number, nullCount: number, parts: Parts): Data {
  const { offsets, values, validity = NO_BITS, typeIds, children, dictionary, variadic } = parts;
  const buffers = [offsets, values, validity, typeIds] as never;
  return new Data(type, 0, length, nullCount, buffers, children, dictionary, variadic);
}

const NO_BITS = new Uint8Array(0);

/** Makes typed arrays of the elements of a type. */
export interface ValuesConstructor {
  readonly BYTES_PER_ELEMENT: number;
  new (length: number): Values;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): Values;
}

/** The arrays that hold a type's values; those of a dictionary's indices are its {@link storedType}'s. */
export function valuesArrayOf(type: DataType): ValuesConstructor {
  return (type as Int).ArrayType as ValuesConstructor;
}

/** How many elements of {@link valuesArrayOf} make one value of a type; of a list with a fixed size, its size. */
export function elementsOf(type: DataType): number {
  let elements = known.get(type);
  if (elements === undefined) {
    elements = new Data(type, 0, 0).stride;
    known.set(type, elements);
  }
  return elements;
}

const known = new WeakMap<DataType, number>();

/** The type whose values a column holds: its own, or of a dictionary, that of its indices. */
export function storedType(type: DataType): DataType {
  return type instanceof Dictionary ? type.indices : type;
}
