import { type RecordBatch, type Schema, Table, util } from 'apache-arrow';
import { castBatch } from './cast.js';
import { sameSchema } from './same-type.js';
import { unify } from './unify.js';

/**
 * One table of all batches, without a copy of those whose schema is the table's already.
 *
 * @throws {SchemaError} naming the first field whose types can't be unified.
 */
export function join(values: (Table | RecordBatch)[]): Table {
  const filled = values.filter(({ schema, numRows }) => schema.fields.length > 0 || numRows > 0);
  if (filled.length === 1 && Table.isTable(filled[0])) return filled[0];
  const [first] = filled;
  if (first === undefined) return new Table();
  const schema = filled.reduce((unified, value) => unify(unified, value.schema), first.schema);
  return new Table(
    schema,
    filled
      .flatMap((value) => (Table.isTable(value) ? value.batches : value))
      .map((batch) => (fits(batch.schema, schema) ? batch : castBatch(batch, schema))),
  );
}

/** The library tells types that were made here from equal ones that were read, which ours doesn't. */
function fits(own: Schema, schema: Schema): boolean {
  return own === schema || (sameSchema(own, schema) && util.compareSchemas(schema, own));
}
