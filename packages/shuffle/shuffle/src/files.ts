import type { Chunk } from './chunk.js';
import { formatOf } from './formats.js';
import { ParquetReader } from './parquet-reader.js';
import type { Share } from './share.js';

/** Files to be read, in parts. */
export class Files {
  /** Whether all of them are Parquet, which is read by row groups. */
  readonly byRowGroups: boolean;
  readonly #parquet = new ParquetReader();
  readonly #shares: Promise<readonly Share[]>;
  #total: number | undefined;

  /** Begins to look at files, while whoever is to read them gets ready. */
  constructor(paths: readonly string[]) {
    this.byRowGroups = paths.every((path) => formatOf(path).read === undefined);
    this.#shares = this.#look(paths);
    // Who asks for the parts hears of a failure.
    this.#shares.catch(() => {});
  }

  /** All rows there are, where every file tells; known when {@link shares} are. */
  get total(): number | undefined {
    return this.#total;
  }

  /** For how long threads that read could have read more, in ms. */
  get waited(): number {
    return this.#parquet.waited;
  }

  /** The parts. @throws {StorageError} @throws {CorruptError} naming the file. */
  shares(): Promise<readonly Share[]> {
    return this.#shares;
  }

  /**
   * The rows of parts, in their order.
   *
   * @param threads may read Parquet. @param memory bytes for what is read ahead.
   */
  async *read(shares: Iterable<Share>, threads: number, memory: number): AsyncGenerator<Chunk> {
    this.#parquet.threads = threads;
    const parts: (AsyncIterable<Chunk> | Promise<Iterable<Chunk>>)[] = [];
    const left = shares[Symbol.iterator]();
    const readAhead = () => {
      while (parts.length < this.#parquet.ahead(memory)) {
        const { done, value } = left.next();
        if (done) return;
        parts.push(this.#begin(value));
      }
    };
    readAhead();
    for (let first = true; parts.length > 0; first = false) {
      const asked = performance.now();
      const part = await parts.shift();
      // The first one is waited for however many read.
      if (!first) this.#parquet.late(performance.now() - asked);
      readAhead();
      yield* part as AsyncIterable<Chunk> | Iterable<Chunk>;
    }
  }

  close(): Promise<void> {
    return this.#parquet.close();
  }

  #begin(share: Share): AsyncIterable<Chunk> | Promise<Iterable<Chunk>> {
    if (share.rowGroup === undefined) return readWhole(share.path);
    const batches = this.#parquet.read(share);
    // Who comes to it will hear of a failure.
    batches.catch(() => {});
    return batches;
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
