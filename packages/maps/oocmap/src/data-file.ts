import { closeSync, existsSync, openSync, readdirSync, readSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CorruptError } from '@spillway/core';
import { open, type RootDatabase } from 'lmdb';
import { ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';
import { databaseError } from './database-error.js';
import { emptyHeader, HEADER, type Header, ROOT, readHeader, writeHeader } from './header.js';
import { type Reading, Table } from './table.js';

/** More processes and threads than this can't read at once. LMDB takes 64 bytes for each. */
const MAX_READERS = 2048;

/**
 * One LMDB file of a map with its tables. A map's directory holds `data-<number>.mdb`; `vacuum` writes the
 * next number, and leaves a note in the header of the one before that it has moved.
 */
export class DataFile {
  readonly path: string;
  readonly root: RootDatabase;
  /** Containers and the nodes of large ones; and the header. */
  readonly pages: Table<number>;
  /** Small containers, many in one record. */
  readonly blocks: Table<number>;
  /** The bytes of shared values. */
  readonly values: Table<string>;
  /** How often each of them is used. */
  readonly uses: Table<string>;
  /** Names that objects have in common. */
  readonly shapes: Table<number>;
  readonly #reader = new ByteReader();
  readonly #writer = new ByteWriter();

  private constructor(
    directory: string,
    readonly number: number,
    readonly reading: Reading,
  ) {
    this.path = filePath(directory, number);
    // Plain LMDB: what was committed is on the disk, in two meta pages that take turns.
    this.root = open(this.path, {
      noSubdir: true,
      overlappingSync: false,
      maxReaders: MAX_READERS,
      encoding: 'binary',
    });
    this.pages = new Table(this.root, 'pages', reading, this.path);
    this.blocks = new Table(this.root, 'blocks', reading, this.path);
    this.values = new Table(this.root, 'values', reading, this.path);
    this.uses = new Table(this.root, 'uses', reading, this.path);
    this.shapes = new Table(this.root, 'shapes', reading, this.path);
  }

  /**
   * Opens the current file of a map, and makes it if there is none.
   *
   * @throws {StorageError} @throws {CorruptError} for a file that is not of a map.
   */
  static open(directory: string, reading: Reading): DataFile {
    let number = fileNumbers(directory)[0] ?? 0;
    for (;;) {
      const file = DataFile.#open(directory, number, reading);
      const header = file.#read() ?? file.#create(directory);
      if (header?.movedTo === 0) return file;
      file.close();
      // Its place has been taken, or it came to be by opening what was just deleted.
      removeFile(directory, number);
      number = header?.movedTo ?? (fileNumbers(directory)[0] as number);
    }
  }

  static #open(directory: string, number: number, reading: Reading): DataFile {
    try {
      checkMeta(filePath(directory, number));
      return new DataFile(directory, number, reading);
    } catch (error) {
      throw databaseError(error, 'open', filePath(directory, number));
    }
  }

  /** The header, as the snapshot or the transaction has it. */
  header(): Header {
    return this.#read() ?? emptyHeader();
  }

  putHeader(header: Header): void {
    this.#writer.begin();
    writeHeader(this.#writer, header);
    this.pages.put(HEADER, this.#writer.finish());
  }

  close(): void {
    this.root.close();
  }

  #read(): Header | undefined {
    const bytes = this.pages.get(HEADER);
    if (bytes === undefined) return undefined;
    this.#reader.begin(bytes);
    return readHeader(this.#reader, this.path);
  }

  /** @returns undefined when there are later files: then this one should not be. */
  #create(directory: string): Header | undefined {
    if (fileNumbers(directory).some((other) => other > this.number)) return undefined;
    this.root.transactionSync(() => {
      if (this.#read() !== undefined) return;
      this.putHeader(emptyHeader());
      this.pages.put(ROOT, EMPTY_ROOT);
    });
    return this.#read();
  }
}

/** A dictionary without members. */
const EMPTY_ROOT = Uint8Array.from([3, 0, 0]);

/** Every LMDB file has this number after the header of its first page, which has 24 bytes, or 16 in older builds. */
const LMDB_MAGIC = 0xbeefc0de;
const MAGIC_AT = [24, 16];

/** Looks at a file before lmdb does, which a foreign one would end the process. @throws {CorruptError} */
function checkMeta(path: string): void {
  if (!existsSync(path)) return;
  const start = Buffer.alloc(28);
  const fd = openSync(path, 'r');
  try {
    const size = readSync(fd, start);
    // Whoever makes it has not come further.
    if (size === 0) return;
  } finally {
    closeSync(fd);
  }
  if (!MAGIC_AT.some((at) => start.readUInt32LE(at) === LMDB_MAGIC))
    throw new CorruptError(`${path} is no LMDB file`, { path });
}

const NAME = /^data-(\d+)\.mdb$/;

/** The path of a map's file of a number. */
export const filePath = (directory: string, number: number): string =>
  join(directory, `data-${number}.mdb`);

/** Deletes a file that nobody needs; those who have it open keep it until they look. */
export function removeFile(directory: string, number: number): void {
  const path = filePath(directory, number);
  for (const name of [path, `${path}-lock`]) if (existsSync(name)) rmSync(name, { force: true });
}

function fileNumbers(directory: string): number[] {
  return readdirSync(directory)
    .map((name) => Number(NAME.exec(name)?.[1] ?? Number.NaN))
    .filter((number) => !Number.isNaN(number))
    .sort((a, b) => a - b);
}
