import { SchemaError } from '@spillway/core';
import type { Field, Schema } from 'apache-arrow';
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

/** A field with a name, if an empty one: the library reads that as none. */
export function withName(field: Field): Field {
  const type = withChildren(field.type, (field.type.children ?? []).map(withName));
  if (type === field.type && field.name !== null) return field;
  return field.clone({ type, name: field.name ?? '' });
}
