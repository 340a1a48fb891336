import { concatBytes } from '@spillway/core';
import type { DataType, Field, Schema } from 'apache-arrow';
import { writeStream } from './library-writer.js';

/** What tells that no message follows. */
export const END = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0);

interface Known {
  readonly schema: Schema;
  readonly message: Uint8Array;
}

/** By the type of the first field: the library makes schema and fields anew for each batch, but not their types. */
const known = new WeakMap<DataType, Known>();

/** A schema's message, which is made once. */
export function schemaMessage(schema: Schema): Uint8Array {
  const first = schema.fields[0]?.type;
  const before = first && known.get(first);
  if (before && isSame(before.schema, schema)) return before.message;
  const message = concatBytes(writeStream(schema, [])).slice(0, -END.length);
  if (first) known.set(first, { schema, message });
  return message;
}

function isSame(a: Schema, b: Schema): boolean {
  return (
    a.fields.length === b.fields.length &&
    a.fields.every((field, i) => isSameField(field, b.fields[i] as Field)) &&
    isSameText(a.metadata, b.metadata)
  );
}

function isSameField(a: Field, b: Field): boolean {
  return (
    a.type === b.type &&
    a.name === b.name &&
    a.nullable === b.nullable &&
    isSameText(a.metadata, b.metadata)
  );
}

function isSameText(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  if (a.size !== b.size) return false;
  for (const [name, value] of a) if (b.get(name) !== value) return false;
  return true;
}
