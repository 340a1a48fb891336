import { Layer, type Store, typeName } from '@spillway/core';
import type { By } from '@spillway/partition';
import type { Kind } from './chunk.js';

/**
 * Options of {@link shuffle}.
 *
 * @typeParam V what the store `into` holds.
 */
export interface ShuffleOptions<V = unknown> {
  /** How rows are told apart: a column, `hash(columns, n)`, `range(column, bounds)`, or a function of the row. */
  readonly by: By;
  /**
   * Where partitions go, behind what is there: `Arrow(…)` for tables, `Msgpack(…)` for rows. It stays the caller's.
   * Default: a temporary `Arrow(Buffer(Dict(), LZ4(Log())))`, or `Msgpack` around the same.
   */
  readonly into?: Store<V>;
  /** Threads that read, split and encode; each takes what comes next. Default 0: the caller's thread does. */
  readonly workers?: number;
  /** Bytes of memory in all: for rows on their way, and what the default store keeps. Default 512 MiB. */
  readonly memory?: number;
  /** Called whenever rows have been read. */
  readonly onProgress?: (progress: Progress) => void;
  /** Ends the job: `shuffle` rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** How far a job is. */
export interface Progress {
  /** Rows read so far. */
  readonly rows: number;
  /** All rows there are, where the source tells. */
  readonly total: number | undefined;
}

const DEFAULT_MEMORY = 512 * 2 ** 20;
const LEAST_MEMORY = 2 ** 20;
const MOST_WORKERS = 256;

/** The options with their defaults. @throws {TypeError} for wrong ones. */
export function checkOptions<V>(options: ShuffleOptions<V>): {
  readonly by: By;
  readonly workers: number;
  readonly memory: number;
} {
  const { by, workers = 0, memory = DEFAULT_MEMORY } = options;
  requireBy(by);
  if (!(Number.isInteger(workers) && workers >= 0 && workers <= MOST_WORKERS))
    throw new TypeError(
      `workers must be a number of threads up to ${MOST_WORKERS}, not ${workers}`,
    );
  if (!(Number.isFinite(memory) && memory >= LEAST_MEMORY))
    throw new TypeError(`memory must be at least ${LEAST_MEMORY} bytes, not ${memory}`);
  if (workers > 0 && typeof by === 'function') {
    throw new TypeError(
      'a function cannot be handed to workers; partition by a column, hash() or range(), or without workers',
    );
  }
  return { by, workers, memory };
}

const CODECS = { tables: 'Arrow', rows: 'Msgpack' } as const;

/** @throws {TypeError} unless `into` is a codec store of this kind. */
export function requireCodec(kind: Kind, into: unknown): asserts into is Layer<never> {
  if (into instanceof Layer && into.spec().name === CODECS[kind]) return;
  throw new TypeError(
    `partitions of ${kind} go into ${CODECS[kind]}(…), not into ${into instanceof Layer ? into : typeName(into)}`,
  );
}

function requireBy(by: unknown): asserts by is By {
  const made = typeof by === 'object' && by !== null && 'kind' in by;
  if (made || typeof by === 'string' || typeof by === 'function') return;
  throw new TypeError(`by must be a column, hash(), range() or a function, not ${typeName(by)}`);
}
