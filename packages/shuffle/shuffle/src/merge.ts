import { unify } from '@spillway/arrow/ipc';
import type { Outcome } from './splitter.js';

/** What several splitters stored. */
export function merge(parts: readonly Outcome[]): Outcome {
  const counts = new Map<string, number>();
  for (const part of parts) {
    for (const [key, rows] of part.counts) counts.set(key, (counts.get(key) ?? 0) + rows);
  }
  const schemas = parts.flatMap(({ schema }) => schema ?? []);
  const schema = schemas.length > 0 ? schemas.reduce(unify) : undefined;
  const mixed = parts.some((part) => part.mixed || part.schema !== schema);
  return { counts, schema, mixed };
}
