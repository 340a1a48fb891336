import type { Heap } from './heap.js';
import type { Stored } from './stored.js';

/** How lazy objects turn members into values and values into members. */
export interface Access {
  readonly heap: Heap;
  /** The directory, for messages. */
  readonly path: string;
  /** What a member is for the user: a value, or a lazy object for a container. */
  value(stored: Stored): unknown;
  /** Stores a value. @throws {SchemaError} @throws {KeyError} */
  store(value: unknown): Stored;
}
