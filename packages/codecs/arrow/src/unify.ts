import { SchemaError } from '@spillway/core';
import {
  DataType,
  Dictionary,
  type Field,
  FixedSizeList,
  Int,
  LargeList,
  List,
  Map_,
  Schema,
  Struct,
  Union,
} from 'apache-arrow';
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

/** Fields whose dictionaries have ids of their own, each another one. */
export function numberDictionaries(fields: readonly Field[]): Field[] {
  let next = 0;
  const number = (field: Field): Field => {
    const { type } = field;
    if (DataType.isDictionary(type)) {
      const id = next++;
      const dictionary = withChildren(
        type.dictionary,
        (type.dictionary.children ?? []).map(number),
      );
      return field.clone({ type: new Dictionary(dictionary, type.indices, id, type.isOrdered) });
    }
    if ((type.children ?? []).length === 0) return field;
    return field.clone({ type: withChildren(type, type.children.map(number)) });
  };
  return fields.map(number);
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

/** The same type around other children. */
function withChildren(type: DataType, children: Field[]): DataType {
  const only = children[0] as Field;
  if (DataType.isStruct(type)) return new Struct(children);
  if (DataType.isList(type)) return new List(only);
  if (DataType.isLargeList(type)) return new LargeList(only);
  if (DataType.isFixedSizeList(type)) return new FixedSizeList(type.listSize, only);
  if (DataType.isMap(type)) return new Map_(only, type.keysSorted);
  if (DataType.isUnion(type)) return new Union(type.mode, type.typeIds, children);
  return type;
}

function missing(field: string): SchemaError {
  return new SchemaError(`field "${field}" is in some of the tables only`, { field });
}

function clash(first: DataType, second: DataType, field: string): never {
  throw new SchemaError(`field "${field}" can't be both ${first} and ${second}`, { field });
}
