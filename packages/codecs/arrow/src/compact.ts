import { type Data, DataType, type Dictionary, type Field, Vector } from 'apache-arrow';
import { sliceBits } from './bits.js';
import {
  elementsOf,
  type Layout,
  layoutOf,
  makeColumn,
  type Offsets,
  type Parts,
  type Values,
  type ValuesConstructor,
} from './column.js';
import { compactDictionary } from './compact-dictionary.js';
import { compactViews } from './compact-views.js';
import { nulls } from './nulls.js';

/**
 * The same rows without what a slice still has of the column it was cut from: the library's writer would write bitmaps
 * and children whole, and views at wrong places. Nothing but bitmaps, offsets and views is copied.
 *
 * @param rows rows of the whole table; a dictionary that has more values than these is cut down to those in use.
 */
export function compact(data: Data, rows: number): Data {
  const { type, length } = data;
  const layout = layoutOf(type);
  if (isCompact(data, layout)) return data;
  const nullCount = layout === 'union' ? 0 : data.nullCount;
  // The library leaves out buffers and children of a column without values.
  if (layout === 'null' || nullCount === length) return nulls(type, length);
  const validity = nullCount > 0 ? sliceBits(data.nullBitmap, data.offset, length) : undefined;
  return makeColumn(type, length, nullCount, { ...parts(data, rows), validity });
}

/** Whether the library's writer writes nothing of a column but its rows, which it does of most whole ones. */
function isCompact(data: Data, layout: Layout): boolean {
  const { type, length, offset, nullCount } = data;
  if (nullCount > 0 && (offset > 0 || nullCount === length)) return false;
  if (nullCount > 0 && data.nullBitmap.length > bitmapBytes(length)) return false;
  if (layout === 'fixed') return data.values?.length >= length * elementsOf(type);
  if (layout === 'bits')
    return (
      offset === 0 &&
      data.values?.length >= (length + 7) >> 3 &&
      data.values.length <= bitmapBytes(length)
    );
  return layout === 'bytes' && data.valueOffsets?.length > length;
}

/** Bytes of a bitmap, padded as builders do. */
function bitmapBytes(length: number): number {
  return ((length + 511) >> 9) << 6;
}

function parts(data: Data, rows: number): Parts {
  const { type, length } = data;
  const values = () => pad(data.values, length * elementsOf(type));
  switch (layoutOf(type)) {
    case 'bits':
      return { values: pad(sliceBits(data.values, data.offset, length), (length + 7) >> 3) };
    case 'fixed':
      return { values: values() };
    case 'bytes': {
      const { begin, end, offsets } = rebase(pad(data.valueOffsets, length + 1), length);
      return { offsets, values: data.values.subarray(begin, end) };
    }
    case 'views':
      return compactViews(values() as Uint8Array, data.variadicBuffers);
    case 'list': {
      const { begin, end, offsets } = rebase(pad(data.valueOffsets, length + 1), length);
      return { offsets, children: [slice(data.children[0] as Data, begin, end, rows)] };
    }
    case 'fixed-list':
      return { children: [slice(data.children[0] as Data, 0, length * elementsOf(type), rows)] };
    case 'struct':
      return { children: data.children.map((child) => slice(child, 0, length, rows)) };
    case 'union':
      return compactUnion(data, rows);
    default: {
      const { values, dictionary } = compactDictionary(data as Data<Dictionary>, rows);
      if (!dictionary.data.some(({ offset }) => offset > 0)) return { values, dictionary };
      return {
        values,
        dictionary: new Vector(dictionary.data.map((chunk) => compact(chunk, rows))),
      };
    }
  }
}

function slice(child: Data, begin: number, end: number, rows: number): Data {
  if (begin === 0 && end === child.length) return compact(child, rows);
  if (end > child.length) return compact(child._changeLengthAndBackfillNullBitmap(end), rows);
  return compact(child.slice(begin, end - begin), rows);
}

/**
 * The first elements; where there are fewer, as in a column that the library made longer by nulls, the last one again
 * and again.
 */
function pad<T extends Values>(elements: T, length: number): T {
  if (elements.length >= length) return elements.subarray(0, length) as T;
  const padded = new (elements.constructor as ValuesConstructor)(length) as T;
  padded.set(elements as never);
  padded.fill((elements.at(-1) ?? 0) as never, elements.length);
  return padded;
}

/** Offsets from 0 on, and which part they are of what they point into. */
function rebase(
  valueOffsets: Offsets,
  length: number,
): { readonly begin: number; readonly end: number; readonly offsets: Offsets } {
  const begin = Number(valueOffsets[0]);
  const end = Number(valueOffsets[length]);
  if (begin === 0) return { begin, end, offsets: valueOffsets.subarray(0, length + 1) };
  const offsets = valueOffsets.slice(0, length + 1);
  if (offsets instanceof BigInt64Array) {
    for (let i = 0; i <= length; i++) offsets[i] = (offsets[i] as bigint) - BigInt(begin);
  } else {
    for (let i = 0; i <= length; i++) offsets[i] = (offsets[i] as number) - begin;
  }
  return { begin, end, offsets };
}

/** Each child from the first to the last value that rows have of it. */
function compactUnion(data: Data, rows: number): Parts {
  const { type, length } = data;
  const typeIds = data.typeIds.subarray(0, length) as Int8Array;
  if (!DataType.isDenseUnion(type)) {
    return { typeIds, children: data.children.map((child) => slice(child, 0, length, rows)) };
  }
  const from = new Map<number, number>();
  const to = new Map<number, number>();
  const before = data.valueOffsets as Int32Array;
  for (let i = 0; i < length; i++) {
    const [id, at] = [typeIds[i] as number, before[i] as number];
    from.set(id, Math.min(from.get(id) ?? at, at));
    to.set(id, Math.max(to.get(id) ?? 0, at + 1));
  }
  const offsets = before.slice(0, length);
  for (let i = 0; i < length; i++) {
    offsets[i] = (offsets[i] as number) - (from.get(typeIds[i] as number) as number);
  }
  const children = type.children.map((_: Field, i: number) => {
    const id = type.typeIds[i] as number;
    return slice(data.children[i] as Data, from.get(id) ?? 0, to.get(id) ?? 0, rows);
  });
  return { typeIds, offsets, children };
}
