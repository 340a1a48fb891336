import {
  Binary,
  BinaryView,
  Bool,
  DataType,
  DateDay,
  DateMillisecond,
  Decimal,
  DenseUnion,
  Dictionary,
  DurationMicrosecond,
  Field,
  FixedSizeBinary,
  FixedSizeList,
  Float16,
  Float32,
  Float64,
  Int8,
  Int16,
  Int32,
  Int64,
  IntervalDayTime,
  IntervalMonthDayNano,
  LargeBinary,
  LargeList,
  LargeUtf8,
  List,
  Map_,
  Null,
  Schema,
  SparseUnion,
  Struct,
  TimeMicrosecond,
  TimestampNanosecond,
  Uint8,
  Uint16,
  Uint32,
  Uint64,
  Utf8,
  Utf8View,
} from 'apache-arrow';
import fc from 'fast-check';

const flatTypes: readonly (() => DataType)[] = [
  () => new Null(),
  () => new Bool(),
  () => new Int8(),
  () => new Int16(),
  () => new Int32(),
  () => new Int64(),
  () => new Uint8(),
  () => new Uint16(),
  () => new Uint32(),
  () => new Uint64(),
  () => new Float16(),
  () => new Float32(),
  () => new Float64(),
  () => new Decimal(2, 10, 128),
  () => new DateDay(),
  () => new DateMillisecond(),
  () => new TimeMicrosecond(),
  () => new TimestampNanosecond('UTC'),
  () => new IntervalDayTime(),
  () => new IntervalMonthDayNano(),
  () => new DurationMicrosecond(),
  () => new FixedSizeBinary(3),
  () => new Utf8(),
  () => new LargeUtf8(),
  () => new Utf8View(),
  () => new Binary(),
  () => new LargeBinary(),
  () => new BinaryView(),
];

const named = (types: readonly DataType[]) =>
  types.map((type, i) => new Field(`f${i}`, type, true));

/** Every type there is, in each other to some depth. */
export const { type: anyType } = fc.letrec<{ type: DataType }>((tie) => {
  const types = fc.array(tie('type'), { minLength: 1, maxLength: 3, depthIdentifier: 'type' });
  const flat = fc.constantFrom(...flatTypes).map((make) => make());
  return {
    type: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'type' },
      { weight: 8, arbitrary: flat },
      { weight: 1, arbitrary: tie('type').map((type) => new List(new Field('item', type, true))) },
      {
        weight: 1,
        arbitrary: tie('type').map((type) => new LargeList(new Field('item', type, true))),
      },
      {
        weight: 1,
        arbitrary: tie('type').map((type) => new FixedSizeList(2, new Field('item', type, true))),
      },
      { weight: 1, arbitrary: types.map((children) => new Struct(named(children))) },
      {
        weight: 1,
        arbitrary: tie('type').map(
          (type) =>
            new Map_(
              new Field(
                'entries',
                new Struct([
                  new Field('key', new Utf8(), false),
                  new Field('value', type, true),
                ] as never),
                false,
              ),
            ),
        ),
      },
      {
        weight: 1,
        arbitrary: types.map(
          (children) =>
            new SparseUnion(
              children.map((_, i) => 3 * i),
              named(children),
            ),
        ),
      },
      {
        weight: 1,
        arbitrary: types.map(
          (children) =>
            new DenseUnion(
              children.map((_, i) => i + 1),
              named(children),
            ),
        ),
      },
      {
        weight: 3,
        arbitrary: fc
          .tuple(
            flat.filter((type) => !DataType.isNull(type)),
            fc.constantFrom(new Int8(), new Uint16(), new Int32()),
          )
          .map(([type, indices]) => new Dictionary(type, indices)),
      },
    ),
  };
});

export const anySchema: fc.Arbitrary<Schema> = fc
  .array(anyType, { minLength: 1, maxLength: 5 })
  .map((types) => new Schema(named(types)));
