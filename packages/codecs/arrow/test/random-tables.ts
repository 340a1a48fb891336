import {
  type Data,
  DataType,
  type Dictionary,
  Field,
  RecordBatch,
  type Schema,
  type SparseUnion,
  Struct,
  Table,
  Vector,
} from 'apache-arrow';
import {
  elementsOf,
  layoutOf,
  makeColumn,
  type Offsets,
  type Parts,
  valuesArrayOf,
} from '../src/column.js';

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

  fill(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i++) bytes[i] = this.below(256);
  }
}

/** A table of a schema: batches of these many rows, each cut from a larger one. */
export function randomTable(schema: Schema, lengths: readonly number[], random: Random): Table {
  return new Table(
    schema,
    lengths.map((length) => randomBatch(schema, length, random)),
  );
}

export function randomBatch(schema: Schema, length: number, random: Random): RecordBatch {
  const children = schema.fields.map((field) => randomSlice(field, length, random));
  const rows = makeColumn(new Struct(schema.fields), length, 0, { children });
  return new RecordBatch(schema, rows as Data<Struct>);
}

/** A column of a field that is a slice of a longer one. */
function randomSlice({ type, nullable }: Field, length: number, random: Random): Data {
  if (random.below(4) === 0) return randomColumn(type, length, nullable, random);
  const before = random.below(20);
  const column = randomColumn(type, before + length + random.below(20), nullable, random);
  return column.slice(before, length);
}

function randomColumn(type: DataType, length: number, nullable: boolean, random: Random): Data {
  if (DataType.isNull(type)) return makeColumn(type, length, length, {});
  const parts = randomParts(type, length, random);
  if (!nullable || DataType.isUnion(type) || random.below(3) === 0)
    return makeColumn(type, length, 0, parts);
  const validity = new Uint8Array((length + 7) >> 3);
  random.fill(validity);
  return makeColumn(type, length, -1, { ...parts, validity });
}

function randomParts(type: DataType, length: number, random: Random): Parts {
  switch (layoutOf(type)) {
    case 'bits': {
      const values = new Uint8Array((length + 7) >> 3);
      random.fill(values);
      return { values };
    }
    case 'fixed': {
      const values = new (valuesArrayOf(type))(length * elementsOf(type));
      random.fill(new Uint8Array(values.buffer));
      return { values };
    }
    case 'bytes': {
      const offsets = randomOffsets(type, length, 6, random);
      const values = new Uint8Array(Number(offsets[length]));
      for (let i = 0; i < values.length; i++) values[i] = 97 + random.below(26);
      return { offsets, values };
    }
    case 'views':
      return randomViews(length, random);
    case 'list': {
      const offsets = randomOffsets(type, length, 3, random);
      const child = type.children[0] as Field;
      return { offsets, children: [randomSlice(child, Number(offsets[length]), random)] };
    }
    case 'fixed-list':
      return {
        children: [randomSlice(type.children[0] as Field, length * elementsOf(type), random)],
      };
    case 'struct':
      return { children: type.children.map((child) => randomSlice(child, length, random)) };
    case 'union': {
      const ids = (type as SparseUnion).typeIds;
      const typeIds = Int8Array.from({ length }, () => ids[random.below(ids.length)] as number);
      if (DataType.isSparseUnion(type))
        return {
          typeIds,
          children: type.children.map((child) => randomSlice(child, length, random)),
        };
      const counts = new Map<number, number>();
      const offsets = new Int32Array(length);
      typeIds.forEach((id, i) => {
        offsets[i] = counts.get(id) ?? 0;
        counts.set(id, (counts.get(id) ?? 0) + 1);
      });
      const children = type.children.map((child, i) =>
        randomSlice(child, counts.get(ids[i] as number) ?? 0, random),
      );
      return { typeIds, offsets, children };
    }
    default: {
      const { dictionary, indices } = type as Dictionary;
      const count = 1 + random.below(40);
      const values = new (valuesArrayOf(indices))(length) as Int32Array;
      for (let i = 0; i < length; i++) values[i] = random.below(count);
      const first = 1 + random.below(count);
      const chunks = [first, count - first]
        .filter((rows) => rows > 0)
        .map((rows) => randomSlice(new Field('value', dictionary, true), rows, random));
      return { values, dictionary: new Vector(chunks) };
    }
  }
}

function randomOffsets(type: DataType, length: number, most: number, random: Random): Offsets {
  const offsets = new type.OffsetArrayType(length + 1) as Offsets;
  let at = random.below(3);
  for (let i = 0; i <= length; i++, at += random.below(most)) {
    if (offsets instanceof BigInt64Array) offsets[i] = BigInt(at);
    else offsets[i] = at;
  }
  return offsets;
}

function randomViews(length: number, random: Random): Parts {
  const variadic = [new Uint8Array(50), new Uint8Array(70)];
  for (const bytes of variadic)
    for (let i = 0; i < bytes.length; i++) bytes[i] = 97 + random.below(26);
  const values = new Uint8Array(16 * length);
  const view = new DataView(values.buffer);
  for (let i = 0; i < length; i++) {
    const size = random.below(30);
    view.setInt32(16 * i, size, true);
    const buffer = random.below(2);
    const bytes = (variadic[buffer] as Uint8Array).subarray(random.below(20));
    if (size <= 12) values.set(bytes.subarray(0, size), 16 * i + 4);
    else {
      values.set(bytes.subarray(0, 4), 16 * i + 4);
      view.setInt32(16 * i + 8, buffer, true);
      view.setInt32(16 * i + 12, bytes.byteOffset, true);
    }
  }
  return { values, variadic };
}
