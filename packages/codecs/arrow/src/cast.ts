import { Data, DataType, RecordBatch, type Schema, Struct, Vector } from 'apache-arrow';
import { storedType, type Values, valuesArrayOf } from './column.js';
import { nulls } from './nulls.js';
import { sameType } from './same-type.js';

/** A batch with the columns of a schema that its own was unified into, or that differs in the width of indices. */
export function castBatch(batch: RecordBatch, schema: Schema): RecordBatch {
  return new RecordBatch(schema, cast(batch.data, new Struct(schema.fields)), batch.metadata);
}

/** A column as another type that holds it. What is of that type already isn't copied. */
function cast<T extends DataType>(data: Data, type: T): Data<T>;
function cast(data: Data, type: DataType): Data {
  if (sameType(data.type, type)) return data;
  if (DataType.isNull(data.type)) return nulls(type, data.length);
  if (DataType.isInt(type)) return withValues(data, type, data.values);
  if (DataType.isDictionary(type)) {
    const before = data.dictionary?.data ?? [];
    const chunks = before.map((chunk) => cast(chunk, type.dictionary));
    const changed = chunks.some((chunk, i) => chunk !== before[i]);
    return withValues(data, type, data.values, changed ? new Vector(chunks) : data.dictionary);
  }
  const from = data.type.children ?? [];
  const children = (type.children ?? []).map((field, i) => {
    const moved = DataType.isStruct(type) && from[i]?.name !== field.name;
    const at = moved ? from.findIndex(({ name }) => name === field.name) : i;
    return cast(data.children[at] as Data, field.type);
  });
  return data.clone(type, data.offset, data.length, undefined, undefined, children);
}

/** A column of integers or indices as ones of another width. */
function withValues(
  data: Data,
  type: DataType,
  values: Values,
  dictionary?: Vector | undefined,
): Data {
  const { offset, length, nullCount, nullBitmap } = data;
  const buffers = [undefined, convert(values, type), nullBitmap, undefined];
  return new Data(type, offset, length, nullCount, buffers as never, [], dictionary);
}

/** Integers in an array of `type`'s elements, which hold them all. */
function convert(values: Values, type: DataType): Values {
  const OtherArray = valuesArrayOf(storedType(type));
  if (values instanceof OtherArray) return values;
  const converted = new OtherArray(values.length);
  if (converted instanceof BigInt64Array || converted instanceof BigUint64Array) {
    for (let i = 0; i < values.length; i++) converted[i] = BigInt(values[i] as number | bigint);
  } else {
    for (let i = 0; i < values.length; i++) converted[i] = Number(values[i]);
  }
  return converted;
}
