import {
  DataType,
  Dictionary,
  type Field,
  FixedSizeList,
  LargeList,
  List,
  Map_,
  Struct,
  Union,
} from 'apache-arrow';

/** The same type around other children. */
export function withChildren(type: DataType, children: Field[]): DataType {
  if (children.every((child, i) => child === type.children[i])) return type;
  const only = children[0] as Field;
  if (DataType.isStruct(type)) return new Struct(children);
  if (DataType.isList(type)) return new List(only);
  if (DataType.isLargeList(type)) return new LargeList(only);
  if (DataType.isFixedSizeList(type)) return new FixedSizeList(type.listSize, only);
  if (DataType.isMap(type)) return new Map_(only, type.keysSorted);
  if (DataType.isUnion(type)) return new Union(type.mode, type.typeIds, children);
  if (DataType.isDictionary(type)) {
    const dictionary = withChildren(type.dictionary, children);
    return new Dictionary(dictionary, type.indices, type.id, type.isOrdered);
  }
  return type;
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
