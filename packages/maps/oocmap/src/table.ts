import type { Database, RootDatabase, Transaction } from 'lmdb';
import { databaseError } from './database-error.js';

/** A page's or a shape's number, or the digest of a shared value. */
export type TableKey = number | string;

/** What a table reads through: a snapshot, unless a transaction for writing is open. */
export interface Reading {
  transaction: Transaction | undefined;
}

/** The calls of lmdb that a table needs, with arguments that its declarations leave out. */
interface RawTable<K> {
  getBinaryFast(key: K, options: Reading): Buffer | undefined;
  put(key: K, value: Uint8Array): unknown;
  remove(key: K): unknown;
  getStats(): TableStats;
}

/** How many pages of LMDB a tree has. */
export interface TreeStats {
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
}

/** What LMDB counts of a table, and of its file. */
export interface TableStats extends TreeStats {
  readonly entryCount: number;
  readonly pageSize: number;
  readonly lastPageNumber: number;
  readonly numReaders: number;
  /** The table of tables, and that of free pages. */
  readonly root: TreeStats;
  readonly free: TreeStats;
}

/** A sorted table of LMDB with keys of ours and bytes as values. */
export class Table<K extends TableKey> {
  readonly #raw: RawTable<K>;
  readonly #reading: Reading;
  readonly #path: string;

  constructor(root: RootDatabase, name: string, reading: Reading, path: string) {
    this.#path = path;
    const options = { name, encoding: 'binary', keyEncoder } as const;
    this.#raw = root.openDB(options) as Database as unknown as RawTable<K>;
    this.#reading = reading;
  }

  /** The value of a key, until the next call of any table. @throws {StorageError} @throws {CorruptError} */
  get(key: K): Buffer | undefined {
    try {
      return this.#raw.getBinaryFast(key, this.#reading);
    } catch (error) {
      throw databaseError(error, 'read', this.#path);
    }
  }

  put(key: K, value: Uint8Array): void {
    this.#raw.put(key, value);
  }

  remove(key: K): void {
    this.#raw.remove(key);
  }

  stats(): TableStats {
    return this.#raw.getStats();
  }
}

const ID_BYTES = 6;
const TWO_32 = 2 ** 32;

/** Numbers are 48 bits, big-endian, so that they sort; text is its own bytes. */
const keyEncoder = {
  writeKey(key: TableKey, target: Buffer, start: number): number {
    if (typeof key === 'string') return start + target.write(key, start, 'latin1');
    return writeId(key, target, start);
  },
};

function writeId(id: number, target: Buffer, start: number): number {
  const high = (id / TWO_32) | 0;
  target[start] = high >>> 8;
  target[start + 1] = high;
  target[start + 2] = id >>> 24;
  target[start + 3] = id >>> 16;
  target[start + 4] = id >>> 8;
  target[start + 5] = id;
  return start + ID_BYTES;
}
