import { createRequire } from 'node:module';
import { join } from 'node:path';
import { open } from 'lmdb';

/** Rows under their numbers, as other stores keep them. */
export interface RowStore {
  /** Stores them all, on the disk when it returns. */
  write(rows: readonly object[]): void;
  read(number: number): { delay: number };
  close(): void;
}

/** What is used of better-sqlite3. */
interface Sqlite {
  pragma(text: string): void;
  exec(text: string): void;
  prepare(text: string): {
    run(...values: unknown[]): void;
    get(...values: unknown[]): { row: string };
  };
  transaction(work: () => void): () => void;
  close(): void;
}

/** better-sqlite3 with JSON; undefined where it is not built (see README). */
export function sqlite(directory: string): RowStore | undefined {
  let db: Sqlite;
  try {
    const Database = createRequire(import.meta.url)('better-sqlite3') as new (
      path: string,
    ) => Sqlite;
    db = new Database(join(directory, 'flights.sqlite'));
  } catch {
    return undefined;
  }
  db.pragma('journal_mode = WAL');
  db.exec('create table flights (number integer primary key, row text)');
  const insert = db.prepare('insert or replace into flights values (?, ?)');
  const select = db.prepare('select row from flights where number = ?');
  return {
    write: (rows) =>
      db.transaction(() => {
        for (let i = 0; i < rows.length; i++) insert.run(i, JSON.stringify(rows[i]));
      })(),
    read: (number) => JSON.parse(select.get(number).row),
    close: () => db.close(),
  };
}

/**
 * lmdb alone, with its msgpack values.
 *
 * @param shared whether the names of objects are stored once: right for rows, wrong for dictionaries.
 */
export function lmdbMsgpack(
  directory: string,
  shared = true,
): RowStore & {
  put(key: string, value: unknown): void;
  get<T>(key: string): T;
} {
  const db = open(
    join(directory, 'flights.lmdb'),
    shared ? { sharedStructuresKey: Symbol.for('s') } : {},
  );
  return {
    write: (rows) =>
      db.transactionSync(() => {
        for (let i = 0; i < rows.length; i++) db.put(i, rows[i]);
      }),
    read: (number) => db.get(number),
    put: (key, value) => void db.putSync(key, value),
    get: (key) => db.get(key),
    close: () => void db.close(),
  };
}
