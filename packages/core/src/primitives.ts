import type { Batch, ValueCheck } from './entries.js';
import type { Awaitable } from './gate.js';
import type { Ledger } from './ledger.js';

/** Options of {@link Store.flush}. */
export interface FlushOptions {
  /** Also wait until the bytes would survive a power cut (fsync). Default `false`. */
  readonly durable?: boolean;
}

/**
 * What a store implements. A primitive gets checked keys and values, whole batches, and never passes the
 * gate: its caller already has. Layers call the primitives of what they wrap.
 */
export interface Primitives<V> {
  /** Throws a `SchemaError` unless the value is one the store takes. */
  readonly check: ValueCheck<V>;
  /** Which batches with an origin it holds, if it keeps that with them. */
  readonly ledger: Ledger | undefined;
  /** Bytes from which on it may keep the memory of an owned value; infinite for a store that copies them all. */
  readonly keepsFrom: number;
  /** Adds each value to its key, in order. All of the batch or, when it rejects, none of it. */
  _append(batch: Batch<V>): Awaitable<void>;
  /** The values of the keys, in that order; an absent key holds nothing. */
  _get(keys: readonly string[]): Awaitable<V[]>;
  /** The value of a key in parts, as of the first part. */
  _stream(key: string): AsyncIterable<V>;
  _has(key: string): Awaitable<boolean>;
  _keys(prefix: string): Iterable<string> | AsyncIterable<string>;
  /** Every key with its value, in the order that is cheapest to read. */
  _entries(prefix: string): AsyncIterable<readonly [key: string, value: V]>;
  /** Replaces values; no key repeats. */
  _set(batch: Batch<V>): Awaitable<void>;
  _iset(key: string, value: V): Awaitable<void>;
  _delete(keys: readonly string[]): Awaitable<void>;
  _pop(keys: readonly string[]): Awaitable<V[]>;
  /**
   * Hands the values of keys to `sink` and forgets them once it resolves; keeps them when it rejects.
   * What is appended meanwhile stays. How a buffer spills.
   */
  _drain(keys: readonly string[], sink: (batch: Batch<V>) => Promise<void>): Promise<void>;
  _flush(options: FlushOptions): Awaitable<void>;
  _drop(): Awaitable<void>;
  _close(): Awaitable<void>;
}

/** `_set` for a store that can't replace in one step; its caller runs alone. */
export async function replace<V>(store: Primitives<V>, batch: Batch<V>): Promise<void> {
  const present: string[] = [];
  for (const key of batch.keys) if (await store._has(key)) present.push(key);
  const before = { keys: present, values: await store._get(present) };
  await store._delete(present);
  try {
    await store._append(batch);
  } catch (error) {
    await store._append(before);
    throw error;
  }
}

/** `_iset` for a store that can't ask and write in one step; its caller runs alone. */
export async function setOnce<V>(store: Primitives<V>, key: string, value: V): Promise<void> {
  if (!(await store._has(key))) await store._append({ keys: [key], values: [value] });
}

/** `_pop` for a store that can't take in one step; its caller runs alone. */
export async function take<V>(store: Primitives<V>, keys: readonly string[]): Promise<V[]> {
  const values = await store._get(keys);
  await store._delete(keys);
  return values;
}

/** `_drain` for a store that can't hold on to values while they are handed over. */
export async function handOver<V>(
  store: Primitives<V>,
  keys: readonly string[],
  sink: (batch: Batch<V>) => Promise<void>,
): Promise<void> {
  const batch = { keys, values: await store._pop(keys) };
  try {
    await sink(batch);
  } catch (error) {
    const since = { keys, values: await store._pop(keys) };
    await store._append(batch);
    await store._append(since);
    throw error;
  }
}

/** `_stream` for a store whose values are whole in memory anyway. */
export async function* whole<V>(store: Primitives<V>, key: string): AsyncGenerator<V, void, void> {
  const [value] = await store._get([key]);
  yield value as V;
}

/** Keys read at once by {@link byKey}. */
const KEYS_AT_ONCE = 16;

/** `_entries` for a store that reads keys in any order at the same cost. */
export async function* byKey<V>(
  store: Primitives<V>,
  prefix: string,
): AsyncGenerator<readonly [key: string, value: V], void, void> {
  let group: string[] = [];
  const read = async (keys: string[]) => {
    const values = await store._get(keys);
    return keys.map((key, i) => [key, values[i] as V] as const);
  };
  for await (const key of store._keys(prefix)) {
    if (group.push(key) < KEYS_AT_ONCE) continue;
    yield* await read(group);
    group = [];
  }
  yield* await read(group);
}
