import type { Chunk } from './chunk.js';
import { formatOf } from './formats.js';
import { ParquetReader } from './parquet-reader.js';
import type { Share } from './share.js';

/** Files to be read, in parts. */
export class Files {
  readonly shares: readonly Share[];
  /** All rows there are, where every file tells. */
  readonly total: number | undefined;
  readonly #parquet: ParquetReader;

  private constructor(shares: readonly Share[], total: number | undefined, parquet: ParquetReader) {
    this.shares = shares;
    this.total = total;
    this.#parquet = parquet;
  }

  /** Looks at files. @throws {StorageError} @throws {CorruptError} naming the file. */
  static async open(paths: readonly string[]): Promise<Files> {
    const parquet = new ParquetReader();
    try {
      const shares: Share[] = [];
      let total: number | undefined = 0;
      for (const path of paths) {
        const whole = formatOf(path).read !== undefined;
        const { rows, rowGroups } = whole ? UNKNOWN : await parquet.footer(path);
        // A file without row groups has a schema all the same.
        for (let rowGroup = 0; rowGroup < Math.max(1, rowGroups); rowGroup++)
          shares.push(whole ? { path } : { path, rowGroup });
        total = total === undefined || rows === undefined ? undefined : total + rows;
      }
      return new Files(shares, total, parquet);
    } catch (error) {
      await parquet.close();
      throw error;
    }
  }

  /** All rows, in their order. */
  async *read(): AsyncGenerator<Chunk> {
    for (const share of this.shares) {
      if (share.rowGroup === undefined) yield* readWhole(share.path);
      else yield* this.#parquet.read(share, this.shares[this.shares.indexOf(share) + 1]);
    }
  }

  close(): Promise<void> {
    return this.#parquet.close();
  }
}

const UNKNOWN = { rows: undefined, rowGroups: 1 };

/** The rows of a file that isn't Parquet. */
export function readWhole(path: string): AsyncIterable<Chunk> {
  return formatOf(path).read?.(path) as AsyncIterable<Chunk>;
}
