import { Data, DataType, RecordBatch, type Schema, Struct, Vector } from 'apache-arrow';
import { storedType, type Values, valuesArrayOf } from './column.js';
import { nulls } from './nulls.js';
import { sameType } from './same-type.js';

/** A batch with the columns of a schema that its own was unified into. */
export function castBatch(batch: RecordBatch, schema: Schema): RecordBatch {
  return new RecordBatch(schema, cast(batch.data, new Struct(schema.fields)), batch.metadata);
}

/** A column as a type that its own was unified into. What is of that type already isn't copied. */
function cast<T extends DataType>(data: Data, type: T): Data<T>;
function cast(data: Data, type: DataType): Data {
  if (sameType(data.type, type)) return data;
  if (DataType.isNull(data.type)) return nulls(type, data.length);
  if (DataType.isInt(type)) return withValues(data, type, data.values);
  if (DataType.isDictionary(type)) {
    const chunks = data.dictionary?.data.map((chunk) => cast(chunk, type.dictionary)) ?? [];
    return withValues(data, type, data.values, new Vector(chunks));
  }
  const from = data.type.children ?? [];
  const children = (type.children ?? []).map((field, i) => {
    const at = DataType.isStruct(type) ? from.findIndex(({ name }) => name === field.name) : i;
    return cast(data.children[at] as Data, field.type);
  });
  return data.clone(type, data.offset, data.length, undefined, undefined, children);
}

/** A column of integers or indices as wider ones. */
function withValues(data: Data, type: DataType, values: Values, dictionary?: Vector): Data {
  const { offset, length, nullCount, nullBitmap } = data;
  const buffers = [undefined, widen(values, type), nullBitmap, undefined];
  return new Data(type, offset, length, nullCount, buffers as never, [], dictionary);
}

/** Integers in an array of `type`'s elements, which are as wide or wider. */
function widen(values: Values, type: DataType): Values {
  const WideArray = valuesArrayOf(storedType(type));
  if (values instanceof WideArray) return values;
  const wide = new WideArray(values.length);
  if (wide instanceof BigInt64Array || wide instanceof BigUint64Array) {
    for (let i = 0; i < values.length; i++) wide[i] = BigInt(values[i] as number | bigint);
  } else {
    wide.set(values as Int32Array);
  }
  return wide;
}
