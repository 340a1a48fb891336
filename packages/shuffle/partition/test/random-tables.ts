import { elementsOf, storedType, valuesArrayOf } from '@spillway/arrow/ipc';
import {
  Binary,
  BinaryView,
  Bool,
  type Data,
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
  IntervalYearMonth,
  LargeBinary,
  LargeList,
  LargeUtf8,
  List,
  Map_,
  Null,
  RecordBatch,
  Schema,
  SparseUnion,
  Struct,
  TimeMicrosecond,
  TimeSecond,
  TimestampNanosecond,
  Type,
  Uint8,
  Uint16,
  Uint32,
  Uint64,
  type Union,
  Utf8,
  Utf8View,
  Vector,
} from 'apache-arrow';
import fc from 'fast-check';
import { type Buffers, makeColumn } from './make-column.js';

const flat = (): DataType[] => [
  ...[new Null(), new Bool(), new Int8(), new Int16(), new Int32(), new Int64()],
  ...[new Uint8(), new Uint16(), new Uint32(), new Uint64()],
  ...[new Float16(), new Float32(), new Float64()],
  ...[new Decimal(2, 10, 128), new Decimal(0, 40, 256)],
  ...[new DateDay(), new DateMillisecond(), new TimeSecond(), new TimeMicrosecond()],
  ...[new TimestampNanosecond('UTC'), new DurationMicrosecond()],
  ...[new IntervalYearMonth(), new IntervalDayTime(), new IntervalMonthDayNano()],
  ...[new FixedSizeBinary(3), new FixedSizeBinary(8), new FixedSizeBinary(200)],
  ...[new Utf8(), new LargeUtf8(), new Utf8View()],
  ...[new Binary(), new LargeBinary(), new BinaryView()],
];

const named = (types: readonly DataType[]) =>
  types.map((type, i) => new Field(`f${i}`, type, true));
const item = (type: DataType) => new Field('item', type, true);
const entries = (type: DataType) =>
  new Field(
    'entries',
    new Struct([new Field('key', new Utf8(), false), new Field('value', type, true)]),
  );

/** Every type there is, in each other to some depth. */
const { type: anyType } = fc.letrec<{ type: DataType }>((tie) => {
  const one = tie('type');
  const some = fc.array(one, { minLength: 1, maxLength: 3, depthIdentifier: 'type' });
  const simple = fc.nat().map((i) => flat()[i % flat().length] as DataType);
  const nested: fc.Arbitrary<DataType>[] = [
    one.map((type) => new List(item(type))),
    one.map((type) => new LargeList(item(type))),
    one.map((type) => new FixedSizeList(2, item(type))),
    one.map((type) => new Map_(entries(type) as never)),
    some.map((types) => new Struct(named(types))),
    some.map(
      (types) =>
        new SparseUnion(
          types.map((_, i) => 3 * i),
          named(types),
        ),
    ),
    some.map(
      (types) =>
        new DenseUnion(
          types.map((_, i) => i + 1),
          named(types),
        ),
    ),
    fc
      .tuple(one, fc.constantFrom(new Int8(), new Uint16(), new Int32()))
      .filter(([type]) => !DataType.isNull(type) && !DataType.isDictionary(type))
      .map(([type, indices]) => new Dictionary(type, indices)),
  ];
  return {
    type: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'type' },
      { weight: 8, arbitrary: simple },
      ...nested.map((arbitrary) => ({ weight: 1, arbitrary })),
    ),
  };
});

export const anySchema: fc.Arbitrary<Schema> = fc
  .array(anyType, { minLength: 1, maxLength: 5 })
  .map((types) => new Schema(named(types)));

/** A column of every type, nested ones with some of them. */
export const everyType = new Schema(
  named([
    ...flat(),
    ...[new List(item(new Utf8())), new LargeList(item(new Int64())), new List(item(new Bool()))],
    ...[
      new FixedSizeList(2, item(new Int16())),
      new Map_(entries(new Decimal(2, 10, 128)) as never),
    ],
    new Struct(named(flat())),
    new List(item(new Struct(named([new Int8(), new List(item(new LargeBinary()))])))),
    new SparseUnion([0, 3], named([new Utf8(), new Float64()])),
    new DenseUnion([1, 2], named([new Utf8View(), new List(item(new Uint16()))])),
    ...[new Int8(), new Uint16(), new Int32()].map(
      (indices) => new Dictionary(new Utf8(), indices),
    ),
    new Dictionary(new Struct(named([new FixedSizeBinary(16), new Utf8()])), new Int32()),
  ]),
);

/** Numbers that look random and depend on a seed alone. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** A whole number from 0 to below `bound`. */
  below(bound: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) | 0;
    return Math.floor(((this.#state >>> 8) / 2 ** 24) * bound);
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256));
  }

  letters(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => 97 + this.below(26));
  }
}

/** A batch of a schema, each of its columns cut from a longer one. */
export function randomBatch(schema: Schema, length: number, random: Random): RecordBatch {
  const children = schema.fields.map(({ type }) => randomSlice(type, length, random));
  const data = makeColumn(new Struct(schema.fields), length, { children });
  return new RecordBatch(schema, data as Data<Struct>);
}

function randomSlice(type: DataType, length: number, random: Random): Data {
  if (random.below(4) === 0) return randomColumn(type, length, random);
  const before = random.below(20);
  return randomColumn(type, before + length + random.below(20), random).slice(before, length);
}

function randomColumn(type: DataType, length: number, random: Random): Data {
  const buffers = randomBuffers(type, length, random);
  const nullable = !DataType.isNull(type) && !DataType.isUnion(type) && random.below(3) > 0;
  const nulls = nullable ? { nullCount: -1, nullBitmap: random.bytes((length + 7) >> 3) } : {};
  return makeColumn(type, length, { ...buffers, ...nulls });
}

function randomBuffers(type: DataType, length: number, random: Random): Buffers {
  const child = (rows: number) => [randomSlice((type.children[0] as Field).type, rows, random)];
  switch (type.typeId as Type) {
    case Type.Null:
      return { nullCount: length };
    case Type.Bool:
      return { values: random.bytes((length + 7) >> 3) };
    case Type.Utf8:
    case Type.LargeUtf8:
    case Type.Binary:
    case Type.LargeBinary: {
      const [offsets, end] = randomOffsets(type, length, random.below(5) === 0 ? 200 : 6, random);
      return { offsets, values: random.letters(end) };
    }
    case Type.Utf8View:
    case Type.BinaryView:
      return randomViews(length, random);
    case Type.List:
    case Type.LargeList:
    case Type.Map: {
      const [offsets, end] = randomOffsets(type, length, 3, random);
      return { offsets, children: child(end) };
    }
    case Type.FixedSizeList:
      return { children: child(2 * length) };
    case Type.Struct:
      return {
        children: type.children.map((field: Field) => randomSlice(field.type, length, random)),
      };
    default:
  }
  if (DataType.isUnion(type)) return randomUnion(type, length, random);
  if (DataType.isDictionary(type)) return randomCodes(type, length, random);
  const bytes = elementsOf(type) * valuesArrayOf(storedType(type)).BYTES_PER_ELEMENT;
  return { values: random.bytes(length * bytes) };
}

function randomOffsets(
  type: DataType,
  length: number,
  most: number,
  random: Random,
): readonly [offsets: Uint8Array, end: number] {
  const offsets: Int32Array | BigInt64Array = new type.OffsetArrayType(length + 1);
  let end = random.below(3);
  for (let i = 0; i <= length; i++) {
    if (i > 0) end += random.below(most);
    offsets[i] = (offsets instanceof BigInt64Array ? BigInt(end) : end) as never;
  }
  return [new Uint8Array(offsets.buffer), end];
}

function randomViews(length: number, random: Random): Buffers {
  const variadic = [random.letters(50), random.letters(70)];
  const values = new Uint8Array(16 * length);
  const view = new DataView(values.buffer);
  for (let row = 0; row < length; row++) {
    const bytes = random.below(30);
    const buffer = random.below(2);
    const from = random.below(20);
    const short = bytes <= 12;
    view.setInt32(16 * row, bytes, true);
    values.set(
      (variadic[buffer] as Uint8Array).subarray(from, from + (short ? bytes : 4)),
      16 * row + 4,
    );
    if (short) continue;
    view.setInt32(16 * row + 8, buffer, true);
    view.setInt32(16 * row + 12, from, true);
  }
  return { values, variadic };
}

function randomUnion(type: Union, length: number, random: Random): Buffers {
  const ids = type.typeIds;
  const typeIds = Uint8Array.from({ length }, () => ids[random.below(ids.length)] as number);
  if (DataType.isSparseUnion(type)) {
    return {
      typeIds,
      children: type.children.map((field) => randomSlice(field.type, length, random)),
    };
  }
  const counts = new Map<number, number>();
  const offsets = Int32Array.from(typeIds, (id) => {
    const place = counts.get(id) ?? 0;
    counts.set(id, place + 1);
    return place;
  });
  const children = type.children.map((field, i) =>
    randomSlice(field.type, counts.get(ids[i] as number) ?? 0, random),
  );
  return { typeIds, offsets: new Uint8Array(offsets.buffer), children };
}

function randomCodes(type: Dictionary, length: number, random: Random): Buffers {
  const count = 1 + random.below(40);
  const codes = new (valuesArrayOf(type.indices))(
    new ArrayBuffer(4 * length),
    0,
    length,
  ) as Int32Array;
  for (let row = 0; row < length; row++) codes[row] = random.below(count);
  const first = 1 + random.below(count);
  const chunks = [first, count - first].filter((rows) => rows > 0);
  const dictionary = new Vector(chunks.map((rows) => randomSlice(type.dictionary, rows, random)));
  return { values: new Uint8Array(codes.buffer, 0, codes.byteLength), dictionary };
}
