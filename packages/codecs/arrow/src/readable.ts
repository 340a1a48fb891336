import { SchemaError } from '@spillway/core';
import { DataType, Dictionary, type Field, Int32, Schema } from 'apache-arrow';
import { withChildren } from './children.js';

/**
 * Requires that columns can be told apart by their names, which the library relies on.
 *
 * @throws {SchemaError} naming the first field whose name another one has.
 */
export function requireDistinctNames({ fields }: Schema): void {
  const names = new Set<string>();
  for (const { name } of fields) {
    if (names.has(name)) throw new SchemaError(`two columns are called "${name}"`, { field: name });
    names.add(name);
  }
}

/** A schema with names, if empty ones: the library reads these as none. */
export function withNames(schema: Schema): Schema {
  return withFields(schema, (field) => (field.name === null ? field.clone({ name: '' }) : field));
}

/** A schema with dictionaries of 32-bit indices instead of 64-bit ones, with which the library gets no values. */
export function withNarrowIndices(schema: Schema): Schema {
  return withFields(schema, (field) => {
    const { type } = field;
    if (!DataType.isDictionary(type) || type.indices.bitWidth < 64) return field;
    const narrow = new Dictionary(type.dictionary, new Int32(), type.id, type.isOrdered);
    return field.clone({ type: narrow });
  });
}

/** A schema with each field, also inside others, changed; the schema itself when none is. */
function withFields(schema: Schema, change: (field: Field) => Field): Schema {
  const visit = (field: Field): Field => {
    const type = withChildren(field.type, (field.type.children ?? []).map(visit));
    return change(type === field.type ? field : field.clone({ type }));
  };
  const fields = schema.fields.map(visit);
  if (fields.every((field, i) => field === schema.fields[i])) return schema;
  const { metadata, dictionaries, metadataVersion } = schema;
  return new Schema(fields, metadata, dictionaries, metadataVersion);
}
