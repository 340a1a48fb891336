import { DataType, type Field, type Schema } from 'apache-arrow';

/** Whether two schemas have the same fields in the same order, dictionary ids included. */
export function sameSchema(a: Schema, b: Schema): boolean {
  return a === b || sameFields(a.fields, b.fields);
}

/**
 * Whether two types are the same, down to the names and nullability of their children. Unlike apache-arrow's
 * `compareTypes`, it tells decimals apart.
 */
export function sameType(a: DataType, b: DataType): boolean {
  if (a === b) return true;
  if (a.typeId !== b.typeId || !sameParameters(a, b)) return false;
  if (DataType.isDictionary(a) && DataType.isDictionary(b)) {
    return a.id === b.id && sameType(a.indices, b.indices) && sameType(a.dictionary, b.dictionary);
  }
  return sameFields(a.children ?? [], b.children ?? []);
}

/** Whether two types of the same kind differ in nothing but their children. */
export function sameParameters(a: DataType, b: DataType): boolean {
  const [one, other] = [a, b] as unknown as { readonly [name: string]: unknown }[];
  return PARAMETERS.every((name) => {
    const [mine, its] = [one?.[name] ?? null, other?.[name] ?? null];
    return mine === its || (name === 'typeIds' && String(mine) === String(its));
  });
}

/** Every property by which types of one kind differ, besides their children. */
const PARAMETERS = [
  ...['bitWidth', 'isSigned', 'precision', 'scale', 'unit', 'timezone', 'byteWidth', 'listSize'],
  ...['keysSorted', 'isOrdered', 'mode', 'typeIds'],
];

function sameFields(a: readonly Field[], b: readonly Field[]): boolean {
  return a.length === b.length && a.every((field, i) => sameField(field, b[i] as Field));
}

function sameField(a: Field, b: Field): boolean {
  return a === b || (a.name === b.name && a.nullable === b.nullable && sameType(a.type, b.type));
}
