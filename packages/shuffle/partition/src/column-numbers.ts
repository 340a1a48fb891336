import { SchemaError } from '@spillway/core';
import { type Data, DataType, type RecordBatch, type Schema, type Vector } from 'apache-arrow';
import { KeyReader, type KeyValues, shapeOf } from './key-values.js';

/** Writes a number for each value. */
export type NumberValues = (values: KeyValues, type: DataType, numbers: Int32Array) => void;

/**
 * A number for each row of a column, by its value. Of a column with a dictionary, the dictionary's values are
 * numbered, each dictionary once, and the rows take the numbers of their codes.
 */
export class ColumnNumbers {
  readonly #index: number;
  readonly #number: NumberValues;
  readonly #reader = new KeyReader();
  readonly #dictionaries = new WeakMap<Vector, Int32Array>();

  /** @throws {SchemaError} when there is no such column, or its values can't be keys. */
  constructor(schema: Schema, field: string, number: NumberValues) {
    const type = keyType(schema, field);
    if (shapeOf(type) === undefined) {
      throw new SchemaError(
        `column "${field}" is ${type}, whose values can't be keys; partition by a function of the row`,
        { field },
      );
    }
    this.#index = schema.fields.findIndex(({ name }) => name === field);
    this.#number = number;
  }

  number(batch: RecordBatch, numbers: Int32Array): void {
    const data = batch.data.children[this.#index] as Data;
    if (data.dictionary) this.#numberCodes(data, data.dictionary, numbers);
    else this.#number(this.#reader.read(data), data.type, numbers);
  }

  #numberCodes(data: Data, dictionary: Vector, numbers: Int32Array): void {
    let byCode = this.#dictionaries.get(dictionary);
    if (byCode === undefined) {
      byCode = this.#numberDictionary(dictionary);
      this.#dictionaries.set(dictionary, byCode);
    }
    const ofNull = byCode.at(-1) as number;
    const codes: ArrayLike<number> = data.values;
    for (let row = 0; row < data.length; row++) {
      numbers[row] = byCode[codes[row] as number] as number;
    }
    if (data.nullCount <= 0) return;
    for (let row = 0; row < data.length; row++) if (!data.getValid(row)) numbers[row] = ofNull;
  }

  /** The number of each code, and in the end that of null. */
  #numberDictionary({ data, length, type }: Vector): Int32Array {
    const byCode = new Int32Array(length + 1);
    let at = 0;
    for (const chunk of data) {
      this.#number(this.#reader.read(chunk), type, byCode.subarray(at));
      at += chunk.length;
    }
    this.#number(NULLS[shapeOf(type) ?? 'words'], type, byCode.subarray(at));
    return byCode;
  }
}

/** One null, in either shape. */
const NULL = { length: 1, valid: new Uint8Array(1) };
const NULLS = {
  words: { ...NULL, shape: 'words', words: new Int32Array(2) },
  bytes: { ...NULL, shape: 'bytes', source: new Uint8Array(0), offsets: new Int32Array(2) },
} as const;

/** The type of the values of a column, also of one with a dictionary. */
export function keyType(schema: Schema, field: string): DataType {
  const type = schema.fields.find(({ name }) => name === field)?.type as DataType | undefined;
  if (type === undefined) {
    const names = schema.fields.map(({ name }) => JSON.stringify(name)).join(', ');
    throw new SchemaError(`there is no column "${field}"; there are ${names || 'none at all'}`, {
      field,
    });
  }
  return DataType.isDictionary(type) ? type.dictionary : type;
}
