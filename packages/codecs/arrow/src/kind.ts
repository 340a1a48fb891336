import { type DataType, Type } from 'apache-arrow';

/**
 * How the memory of a type is laid out (https://arrow.apache.org/docs/format/Columnar.html): which buffers and
 * children its columns have.
 */
export type Kind =
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

const KINDS: { readonly [type in Type]?: Kind } = {
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

/** @throws {TypeError} for a type of which nothing is known here. */
export function kindOf(type: DataType): Kind {
  const kind = KINDS[type.typeId as Type];
  if (kind === undefined) throw new TypeError(`the type ${type} is unknown`);
  return kind;
}
