import type { Awaitable, FlushOptions, Payload } from '@spillway/core';

/** A value on a shelf. */
export interface Found {
  readonly bytes: Uint8Array;
  /** What tells this value of a key from any other, where the shelf knows. */
  readonly stamp: unknown;
}

/** What is to be on the shelf, in columns: the bytes of each name, or nothing where the key was deleted. */
export interface Changes {
  readonly names: readonly string[];
  readonly payloads: readonly (Payload | undefined)[];
}

/**
 * Where a chest has the values that aren't in memory, by the names of their keys: files, or a store. Any number of
 * threads and processes may share what is underneath.
 */
export interface Shelf {
  /** What messages call it. */
  readonly place: string;
  /** So many values may be read together when nothing is known of their sizes. */
  readonly firstGroup: number;
  /** Whether values cost less together than one by one. */
  readonly takesBatches: boolean;
  /**
   * A number that is another one once somebody else has changed anything; who changed it through this shelf knows.
   */
  time(): Awaitable<number>;
  /** Whether a key's value is still the one with that stamp. */
  isCurrent(name: string, stamp: unknown): boolean;
  /** Values, in the order of the names; `undefined` for what isn't there. */
  read(names: readonly string[]): Promise<(Found | undefined)[]>;
  has(name: string): Awaitable<boolean>;
  names(): AsyncIterable<string>;
  /** All values, each key with its own, in the order that is cheapest. */
  entries(): AsyncIterable<readonly [name: string, bytes: Uint8Array]>;
  /**
   * Replaces and deletes values, each of them at one stroke.
   *
   * @returns a stamp for each.
   */
  write(changes: Changes): Promise<readonly unknown[]>;
  /** Runs `work` while nobody else, here or elsewhere, writes or is alone; with the shelf, past the lock. */
  alone<T>(work: (shelf: HeldShelf) => Promise<T>): Promise<T>;
  /** Sees to it that all values are where others find them, and, if durable, on the disk for sure. */
  flush(options: FlushOptions): Promise<void>;
  /** The place of a key's value. @throws {TypeError} where it has none. */
  pathOf(name: string): string;
  /** Releases what is held. What is temporary is deleted. */
  close(): Promise<void>;
}

/** A shelf that one has alone. */
export interface HeldShelf extends Pick<Shelf, 'read' | 'write'> {
  /** Deletes all values. */
  drop(): Promise<void>;
}
