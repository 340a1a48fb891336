import { type Data, DataType, Vector } from 'apache-arrow';
import { elementsOf, layoutOf, makeColumn, type Parts, valuesArrayOf } from './column.js';

/** A column of nothing but nulls, with all the buffers of its type. */
export function nulls(type: DataType, length: number): Data {
  const validity = DataType.isUnion(type) ? undefined : new Uint8Array((length + 7) >> 3);
  return makeColumn(type, length, length, { ...parts(type, length), validity });
}

function parts(type: DataType, length: number): Parts {
  const children = (rows: number) => (type.children ?? []).map((field) => nulls(field.type, rows));
  switch (layoutOf(type)) {
    case 'null':
      return {};
    case 'bits':
      return { values: new Uint8Array((length + 7) >> 3) };
    case 'fixed':
    case 'views':
      return { values: new (valuesArrayOf(type))(length * elementsOf(type)) };
    case 'bytes':
      return { offsets: new type.OffsetArrayType(length + 1), values: new Uint8Array(0) };
    case 'list':
      return { offsets: new type.OffsetArrayType(length + 1), children: children(0) };
    case 'fixed-list':
      return { children: children(length * elementsOf(type)) };
    case 'struct':
      return { children: children(length) };
    default:
      return special(type, length, children(length));
  }
}

function special(type: DataType, length: number, children: Data[]): Parts {
  if (DataType.isDictionary(type)) {
    const values = new (valuesArrayOf(type.indices))(length);
    return { values, dictionary: new Vector([nulls(type.dictionary, 0)]) };
  }
  if (!DataType.isUnion(type)) throw new TypeError(`the type ${type} is unknown`);
  const typeIds = new Int8Array(length).fill(type.typeIds[0] as number);
  if (DataType.isSparseUnion(type)) return { typeIds, children };
  return { typeIds, children, offsets: Int32Array.from({ length }, (_, i) => i) };
}
