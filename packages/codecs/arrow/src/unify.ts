import { SchemaError } from '@spillway/core';
import { DataType, Dictionary, type Field, Int, Schema, Struct } from 'apache-arrow';
import { numberDictionaries, withChildren } from './children.js';
import { sameParameters, sameSchema, sameType } from './same-type.js';

/**
 * The schema that holds the rows of both exactly: the first one's order, names and metadata, the wider integers,
 * nullable where one of them is, and another type for null.
 *
 * @throws {SchemaError} naming the first field that has no such type, `a.b` for the member `b` of `a`.
 */
export function unify(first: Schema, second: Schema): Schema {
  if (sameSchema(first, second)) return first;
  const fields = unifyByName(first.fields, second.fields, '');
  return new Schema(numberDictionaries(fields), first.metadata);
}

function unifyByName(first: readonly Field[], second: readonly Field[], path: string): Field[] {
  const byName = new Map(second.map((field) => [field.name, field]));
  const fields = first.map((field) => {
    const other = byName.get(field.name);
    if (other === undefined) throw missing(path + field.name);
    byName.delete(field.name);
    return unifyField(field, other, path);
  });
  for (const name of byName.keys()) throw missing(path + name);
  return fields;
}

function unifyField(first: Field, second: Field, path: string): Field {
  const name = path + first.name;
  const nullable =
    first.nullable ||
    second.nullable ||
    DataType.isNull(first.type) !== DataType.isNull(second.type);
  return first.clone({ type: unifyType(first.type, second.type, name), nullable });
}

function unifyType(first: DataType, second: DataType, field: string): DataType {
  if (sameType(first, second) || DataType.isNull(second)) return first;
  if (DataType.isNull(first)) return second;
  if (DataType.isInt(first) && DataType.isInt(second)) {
    return wider(first, second) ?? clash(first, second, field);
  }
  if (DataType.isDictionary(first) && DataType.isDictionary(second)) {
    const values = unifyType(first.dictionary, second.dictionary, field);
    const indices =
      wider(first.indices, second.indices) ?? clash(first.indices, second.indices, field);
    const isOrdered = first.isOrdered && second.isOrdered;
    return new Dictionary(values, indices as Dictionary['indices'], first.id, isOrdered);
  }
  if (first.typeId !== second.typeId || !sameParameters(first, second)) clash(first, second, field);
  const { children } = first;
  if (DataType.isStruct(first)) {
    return new Struct(unifyByName(children, second.children, `${field}.`));
  }
  if (children === null || children.length !== second.children.length) clash(first, second, field);
  return withChildren(
    first,
    children.map((child, i) => {
      const other = second.children[i] as Field;
      if (DataType.isUnion(first) && child.name !== other.name) clash(first, second, field);
      return unifyField(child, other, `${field}.`);
    }),
  );
}

/** The narrowest integer type that holds every value of both; there is none for `uint64` beside a signed one. */
function wider(first: Int, second: Int): Int | undefined {
  if (first.isSigned === second.isSigned) return first.bitWidth >= second.bitWidth ? first : second;
  const [signed, unsigned] = first.isSigned ? [first, second] : [second, first];
  if (signed.bitWidth > unsigned.bitWidth) return signed;
  return unsigned.bitWidth < 64
    ? new Int(true, (2 * unsigned.bitWidth) as Int['bitWidth'])
    : undefined;
}

function missing(field: string): SchemaError {
  return new SchemaError(`field "${field}" is in some of the tables only`, { field });
}

function clash(first: DataType, second: DataType, field: string): never {
  throw new SchemaError(`field "${field}" can't be both ${first} and ${second}`, { field });
}
