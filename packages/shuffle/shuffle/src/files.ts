import type { Chunk } from './chunk.js';
import { formatOf } from './formats.js';
import { ParquetReader } from './parquet-reader.js';
import type { Share } from './share.js';

/** Files to be read, in parts. */
export class Files {
  readonly #parquet = new ParquetReader();
  readonly #shares: Promise<readonly Share[]>;
  #total: number | undefined;

  /** Begins to look at files, while whoever is to read them gets ready. */
  constructor(paths: readonly string[]) {
    this.#shares = this.#look(paths);
    // Who asks for the parts hears of a failure.
    this.#shares.catch(() => {});
  }

  /** All rows there are, where every file tells; known when {@link shares} are. */
  get total(): number | undefined {
    return this.#total;
  }

  /** The parts. @throws {StorageError} @throws {CorruptError} naming the file. */
  shares(): Promise<readonly Share[]> {
    return this.#shares;
  }

  /** All rows, in their order. */
  async *read(): AsyncGenerator<Chunk> {
    const shares = await this.#shares;
    for (const [i, share] of shares.entries()) {
      if (share.rowGroup === undefined) yield* readWhole(share.path);
      else yield* this.#parquet.read(share, shares[i + 1]);
    }
  }

  close(): Promise<void> {
    return this.#parquet.close();
  }

  async #look(paths: readonly string[]): Promise<readonly Share[]> {
    const shares: Share[] = [];
    let total: number | undefined = 0;
    for (const path of paths) {
      const whole = formatOf(path).read !== undefined;
      const { rows, rowGroups } = whole ? UNKNOWN : await this.#parquet.footer(path);
      // A file without row groups has a schema all the same.
      for (let rowGroup = 0; rowGroup < Math.max(1, rowGroups); rowGroup++)
        shares.push(whole ? { path } : { path, rowGroup });
      total = total === undefined || rows === undefined ? undefined : total + rows;
    }
    this.#total = total;
    return shares;
  }
}

const UNKNOWN = { rows: undefined, rowGroups: 1 };

/** The rows of a file that isn't Parquet. */
export function readWhole(path: string): AsyncIterable<Chunk> {
  return formatOf(path).read?.(path) as AsyncIterable<Chunk>;
}
