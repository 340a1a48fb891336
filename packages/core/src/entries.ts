import { KeyError, SchemaError } from './errors.js';
import { checkKey, type Key, quote, typeName } from './key.js';
import type { Origin } from './ledger.js';
import type { PackedValues } from './packed-batch.js';

/** What `append` and `set` take: an object, a `Map`, or any iterable of `[key, value]`. A key may repeat. */
export type Entries<V> =
  | { readonly [key: string]: V }
  | ReadonlyMap<Key, V>
  | Iterable<readonly [Key, V]>;

/**
 * Checked entries as primitives get them: `values[i]` belongs to `keys[i]`. Columns, because a layer
 * replaces the values and passes the keys on.
 */
export interface Batch<V> {
  readonly keys: readonly string[];
  readonly values: readonly V[];
  /** Who sent them, for a store that keeps a ledger. */
  readonly origin?: Origin | undefined;
  /** The values again, of a {@link PackedBatch}. */
  readonly packed?: PackedValues | undefined;
  /** Whether the store may keep a value that is all of its memory, and no smaller than its `keepsFrom`, uncopied. */
  readonly owned?: boolean | undefined;
}

/** Throws unless a value fits its store. */
export type ValueCheck<V> = (value: unknown, key: string) => asserts value is V;

/** What knows which values fit: a store. */
export interface Checker<V> {
  readonly check: ValueCheck<V>;
}

/**
 * Checks entries whole and turns them into a batch; a bad one throws before anything was written.
 *
 * @throws {KeyError} for a bad key. @throws {SchemaError} for a bad value or entries of a wrong type.
 */
export function toBatch<V>(entries: Entries<V>, store: Checker<V>): Batch<V> {
  const { keys, values } = toColumns(entries);
  for (let i = 0; i < keys.length; i++) {
    const key = checkKey(keys[i]);
    keys[i] = key;
    store.check(values[i], key);
  }
  return { keys: keys as string[], values: values as V[] };
}

/** The batch with one entry a key, the last one given. */
export function lastOfEach<V>({ keys, values }: Batch<V>): Batch<V> {
  const last = new Map<string, V>();
  for (let i = 0; i < keys.length; i++) last.set(keys[i] as string, values[i] as V);
  return last.size === keys.length
    ? { keys, values }
    : { keys: [...last.keys()], values: [...last.values()] };
}

/** The {@link ValueCheck} of every store of bytes. */
export function checkBytes(value: unknown, key: string): asserts value is Uint8Array {
  if (!(value instanceof Uint8Array)) {
    throw new SchemaError(
      `the value of key ${quote(key)} must be bytes (a Uint8Array), not ${typeName(value)}`,
      { key },
    );
  }
}

function toColumns(entries: unknown): { readonly keys: unknown[]; readonly values: unknown[] } {
  if (typeof entries !== 'object' || entries === null) throw notEntries(entries);
  // Spreading a map's two sides costs half of what visiting its entries does.
  if (entries instanceof Map) return { keys: [...entries.keys()], values: [...entries.values()] };
  if (Symbol.iterator in entries) {
    const columns = { keys: [] as unknown[], values: [] as unknown[] };
    for (const entry of entries as Iterable<unknown>) {
      if (!Array.isArray(entry) || entry.length !== 2) throw notEntries(entry);
      columns.keys.push(entry[0]);
      columns.values.push(entry[1]);
    }
    return columns;
  }
  if (isPlain(entries)) {
    const [symbol] = Object.getOwnPropertySymbols(entries);
    if (symbol) throw new KeyError(`a key must be a string or a number, not ${String(symbol)}`);
    return { keys: Object.keys(entries), values: Object.values(entries) };
  }
  throw notEntries(entries);
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function notEntries(value: unknown): SchemaError {
  return new SchemaError(
    `entries must be an object, a Map or an iterable of [key, value], not ${typeName(value)}`,
  );
}
