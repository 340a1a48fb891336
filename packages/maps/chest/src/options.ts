import { jsonFile, requireBytes, type Store, type ValueCodec } from '@spillway/core';
import { checkLockTimeout, LOCK_TIMEOUT } from '@spillway/core/node';
import { msgpackFile } from '@spillway/msgpack';
import { FileShelf } from './file-shelf.js';
import type { Shelf } from './shelf.js';
import { StoreShelf } from './store-shelf.js';

/** Options of {@link Chest}. */
export interface ChestOptions<V> {
  /**
   * How a value is a file: `'msgpack'` for whatever `structuredClone` takes, in files without an extension; `'json'`;
   * or one that a package exports, such as `npyFile` and `arrowFile`. Default `'msgpack'`.
   */
  readonly codec?: 'msgpack' | 'json' | ValueCodec<V>;
  /** A store of bytes to have the values in, such as `Log(path)`, rather than one file each. The chest closes it. */
  readonly store?: Store;
  /** Bytes that values in memory may take. Default 256 MiB. */
  readonly availableMemory?: number;
  /** How long to wait for other threads and processes, in ms. Default 30,000. */
  readonly lockTimeout?: number;
}

const DEFAULT_MEMORY = 256 * 2 ** 20;

/** Checks options, and opens what a chest has its values in. @throws {TypeError} */
export function checkOptions<V>(path: string | undefined, options: ChestOptions<V>) {
  const { codec = 'msgpack', availableMemory = DEFAULT_MEMORY } = options;
  if (!(availableMemory > 0))
    throw new TypeError(`availableMemory must be a number of bytes, not ${availableMemory}`);
  const known = codecOf(codec);
  // The file of a simple key is called as the key is.
  const ending = codec === 'msgpack' ? '' : `.${known.extension}`;
  return { codec: known, availableMemory, shelf: openShelf(path, options, known, ending) };
}

function openShelf<V>(
  path: string | undefined,
  { store, lockTimeout = LOCK_TIMEOUT }: ChestOptions<V>,
  { extension }: ValueCodec<V>,
  ending: string,
): Shelf {
  checkLockTimeout(lockTimeout);
  if (path === '') throw new TypeError('the path of a Chest must not be empty');
  if (store === undefined) return new FileShelf(path, ending, lockTimeout);
  if (path !== undefined) throw new TypeError('a Chest has a path or a store, not both');
  requireBytes('Chest', store);
  return new StoreShelf(store, extension);
}

function codecOf<V>(codec: 'msgpack' | 'json' | ValueCodec<V>): ValueCodec<V> {
  if (codec === 'msgpack') return msgpackFile;
  if (codec === 'json') return jsonFile;
  if (typeof codec?.dump !== 'function' || typeof codec.load !== 'function') {
    throw new TypeError("codec must be 'msgpack', 'json' or an object { dump, load, extension }");
  }
  if (!/^[A-Za-z0-9]{1,15}$/.test(codec.extension)) {
    throw new TypeError(
      `a codec's extension must be 1 to 15 letters and digits, not ${codec.extension}`,
    );
  }
  return codec;
}
