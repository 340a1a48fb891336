import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { seconds, withDirectory } from './measure.js';
import { FLIGHTS_FILE } from './shuffle-flights.js';

/** Seconds that a partitioned copy takes, and reading all of it back. */
export interface Copied {
  readonly copy: number;
  readonly read: number;
}

const FORMATS = ['parquet', 'csv'] as const;

/** DuckDB with its default threads, the flights in a table in its memory. */
export class DuckDB {
  readonly #connection: DuckDBConnection;

  private constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  static async open(): Promise<DuckDB> {
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    await connection.run(`CREATE TABLE flights AS SELECT * FROM '${FLIGHTS_FILE}'`);
    return new DuckDB(connection);
  }

  /** `COPY … (PARTITION_BY …)` of a query, in each format. */
  async copies(query: string, by: string): Promise<Copied[]> {
    const copied: Copied[] = [];
    for (const format of FORMATS) copied.push(await this.#copy(query, by, format));
    return copied;
  }

  close(): void {
    this.#connection.closeSync();
  }

  #copy(query: string, by: string, format: (typeof FORMATS)[number]): Promise<Copied> {
    return withDirectory(async (folder) => {
      const to = join(folder, 'out');
      const copy = await seconds(() =>
        this.#connection.run(
          `COPY (${query}) TO '${to}' (FORMAT ${format.toUpperCase()}, PARTITION_BY (${by}))`,
        ),
      );
      const files = `'${to}/**/*.${format}', hive_partitioning = true`;
      const read = await seconds(() =>
        this.#connection.run(
          `CREATE OR REPLACE TABLE back AS SELECT * FROM read_${format}(${files})`,
        ),
      );
      return { copy, read };
    });
  }
}
