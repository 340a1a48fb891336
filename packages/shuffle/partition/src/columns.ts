import { elementsOf, storedType, valuesArrayOf } from '@spillway/arrow/ipc';
import { SchemaError } from '@spillway/core';
import { DataType, type Dictionary, type Field, Type } from 'apache-arrow';
import type { Arena } from './arena.js';
import { BytesColumn, ViewColumn } from './byte-columns.js';
import type { Column } from './column.js';
import { DictionaryColumn } from './dictionary-column.js';
import { BlockColumn, BoolColumn, FixedColumn, NullColumn } from './flat-columns.js';
import { FixedListColumn, ListColumn, StructColumn } from './nested-columns.js';
import { SharedDictionary } from './shared-dictionary.js';
import { EIGHT, FOUR, ONE, SIXTEEN, TWO } from './stream.js';
import { DenseUnionColumn, SparseUnionColumn } from './union-columns.js';

/**
 * Columns in the making for the fields of a schema.
 *
 * @throws {SchemaError} naming a field whose type is unknown.
 */
export function makeColumns(fields: readonly Field[], arena: Arena): Column[] {
  const dictionaries = new Map<number, SharedDictionary>();
  return fields.map(({ name, type }) => makeColumn({ arena, dictionaries, field: name }, type));
}

/** What the columns of a schema share. */
interface Place {
  readonly arena: Arena;
  /** Dictionaries by their ids: columns that have one id have one dictionary. */
  readonly dictionaries: Map<number, SharedDictionary>;
  /** The path of the field, `a.b` for the member `b` of `a`. */
  readonly field: string;
}

function makeColumn(place: Place, type: DataType): Column {
  const { arena, field } = place;
  const children = () =>
    (type.children as Field[]).map((child) =>
      makeColumn({ ...place, field: `${field}.${child.name}` }, child.type),
    );
  switch (type.typeId as Type) {
    case Type.Null:
      return new NullColumn();
    case Type.Bool:
      return new BoolColumn(arena);
    case Type.Utf8:
    case Type.LargeUtf8:
    case Type.Binary:
    case Type.LargeBinary:
      return new BytesColumn(type, arena);
    case Type.Utf8View:
    case Type.BinaryView:
      return new ViewColumn(arena);
    case Type.List:
    case Type.LargeList:
    case Type.Map:
      return new ListColumn(type, arena, children()[0] as Column);
    case Type.FixedSizeList:
      return new FixedListColumn(arena, elementsOf(type), children()[0] as Column);
    case Type.Struct:
      return new StructColumn(arena, children());
    default:
  }
  if (DataType.isDenseUnion(type)) return new DenseUnionColumn(type, arena, children());
  if (DataType.isSparseUnion(type)) return new SparseUnionColumn(arena, children());
  if (DataType.isDictionary(type))
    return new DictionaryColumn(type, arena, sharedDictionary(place, type), field);
  return fixedColumn(type, arena, field);
}

function fixedColumn(type: DataType, arena: Arena, field: string): Column {
  const width = (valuesArrayOf(storedType(type))?.BYTES_PER_ELEMENT ?? 0) * elementsOf(type);
  switch (width) {
    case 0:
      throw new SchemaError(`field "${field}" is ${type}, which can't be partitioned`, { field });
    case 1:
      return new FixedColumn(arena, ONE);
    case 2:
      return new FixedColumn(arena, TWO);
    case 4:
      return new FixedColumn(arena, FOUR);
    case 8:
      return new FixedColumn(arena, EIGHT);
    case 16:
      return new FixedColumn(arena, SIXTEEN);
    default:
      return new BlockColumn(arena, width);
  }
}

function sharedDictionary(
  { dictionaries, field }: Place,
  { id, dictionary }: Dictionary,
): SharedDictionary {
  let shared = dictionaries.get(id);
  if (shared === undefined) {
    // Of an arena of its own each time, and with dictionaries of its own, should there be any further down.
    shared = new SharedDictionary(dictionary, (arena) =>
      makeColumn({ arena, dictionaries: new Map(), field }, dictionary),
    );
    dictionaries.set(id, shared);
  }
  shared.users++;
  return shared;
}
