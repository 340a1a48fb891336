import type { Awaitable } from '../gate.js';
import type { Store } from '../store.js';
import type { Values } from './values.js';

/** What a case under way lends to those who make its stores. */
export interface Place {
  /** A new directory, removed when the case has ended. */
  directory(): Promise<string>;
  /** Has something done when the case has ended and its stores are closed; the last given comes first. */
  defer(work: () => Awaitable<void>): void;
}

/** Makes a store without contents. */
export type Factory<V> = (place: Place) => Awaitable<Store<V>>;

/** Settings of a store that {@link ConformanceOptions.persistent} opens. */
export interface PersistentSettings {
  /** How long to wait for a lock, in milliseconds. Default: the store's own. */
  readonly lockTimeout?: number;
}

/** What a store can do besides what every store can; all default to "not this one". */
export interface ConformanceOptions<V> {
  /** Sample values of a store of other values than bytes. */
  readonly values?: Values<V>;
  /**
   * Opens what is at `path`, a directory that the user gave: made by the first handle, opened again after
   * a close, opened by several handles at once.
   */
  readonly persistent?: (
    path: string,
    place: Place,
    settings?: PersistentSettings,
  ) => Awaitable<Store<V>>;
  /** Another handle on the contents of a store: another `File` of its path, another client. */
  readonly beside?: (store: Store<V>, place: Place) => Awaitable<Store<V>>;
  /** Makes a store without a path, which deletes what it wrote when it is closed. */
  readonly temporary?: () => Awaitable<Store<V>>;
  /** Whether what {@link persistent} opens writes to files, so that a full disk concerns it. */
  readonly disk?: true;
  /** The layer under test around another byte store: its faults must show. */
  readonly layer?: (inner: Store) => Store<V>;
  /** Whether {@link layer} is made by `Encode`, so that each value is stored as frames. */
  readonly framed?: true;
  /** Opens a spec, as the umbrella's `open` does. */
  readonly open?: (spec: string) => Awaitable<Store<V>>;
  /**
   * URL of a built module whose exports are the factories that the store's spec names. The store is opened
   * by its spec in other processes, too.
   */
  readonly processes?: string | URL;
  /** Groups of cases, by name, about what the store can't do. Its README says so. */
  readonly lacks?: readonly string[];
  /** Runs of each property. Default 50. */
  readonly runs?: number;
}

/** What a group of cases can ask for. */
export type Need =
  | 'bytes'
  | Exclude<keyof ConformanceOptions<unknown>, 'values' | 'lacks' | 'runs'>;

/** Whether a store has what a group of cases needs. */
export function provides<V>(options: ConformanceOptions<V>, need: Need): boolean {
  return need === 'bytes' ? options.values === undefined : options[need] !== undefined;
}
