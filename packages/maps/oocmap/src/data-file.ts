import { randomUUID } from 'node:crypto';
import { existsSync, linkSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CorruptError } from '@spillway/core';
import { storageError, systemCode } from '@spillway/core/node';
import { open, type RootDatabase } from 'lmdb';
import { ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';
import { databaseError } from './database-error.js';
import { emptyHeader, HEADER, type Header, ROOT, readHeader, writeHeader } from './header.js';
import { checkLmdbFile } from './lmdb-file.js';
import { syncPath } from './sync-path.js';
import { type Reading, Table } from './table.js';

/** More processes and threads than this can't read at once. LMDB takes 64 bytes for each. */
const MAX_READERS = 2048;

/**
 * One LMDB file of a map with its tables. A map's directory holds `data-<number>.mdb`; `vacuum` writes the
 * next number, and leaves a note in the header of the one before that it has moved.
 */
export class DataFile {
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
    readonly path: string,
    readonly number: number,
    readonly reading: Reading,
  ) {
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
   * @throws {StorageError} @throws {CorruptError} for a file that is not of a map, or was cut short.
   */
  static open(directory: string, reading: Reading): DataFile {
    for (;;) {
      const file = DataFile.current(directory, reading);
      if (file !== undefined) return file;
      DataFile.#create(directory);
    }
  }

  /** Opens the current file of a map, if there is one. @throws {StorageError} @throws {CorruptError} */
  static current(directory: string, reading: Reading): DataFile | undefined {
    for (;;) {
      const [number] = fileNumbers(directory);
      if (number === undefined) return undefined;
      const path = filePath(directory, number);
      const file = DataFile.#open(path, number, reading);
      const header = file === undefined ? undefined : file.#read();
      if (header?.movedTo === 0) return file;
      file?.close();
      const moved = fileNumbers(directory).some((other) => other > number);
      if (!moved && existsSync(path)) throw lost(path, header);
      // It has moved; or to open what was deleted just before has made it, with nothing in it.
      removeFile(directory, number);
    }
  }

  /** @returns undefined for a file that is gone or has nothing in it. */
  static #open(path: string, number: number, reading: Reading): DataFile | undefined {
    try {
      if (statSync(path).size === 0) return undefined;
      checkLmdbFile(path);
      return new DataFile(path, number, reading);
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw databaseError(error, 'open', path);
    }
  }

  /** Makes the first file, under another name until all is in it: half of one would be taken for a damaged one. */
  static #create(directory: string): void {
    const path = filePath(directory, 0);
    const temporary = `${path}.${randomUUID()}.tmp`;
    try {
      const file = new DataFile(temporary, 0, { transaction: undefined });
      file.root.transactionSync(() => {
        file.putHeader(emptyHeader());
        file.pages.put(ROOT, EMPTY_ROOT);
      });
      file.close();
      linkSync(temporary, path);
      syncPath(directory);
    } catch (error) {
      // Somebody else was quicker.
      if (!existsSync(path)) throw databaseError(error, 'make', path);
    } finally {
      for (const name of [temporary, `${temporary}-lock`]) rmSync(name, { force: true });
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
}

/** What is wrong with the only file of a map. */
function lost(path: string, header: Header | undefined): CorruptError {
  const details = { path };
  if (header !== undefined)
    return new CorruptError(
      `${path} has moved to data-${header.movedTo}.mdb, which is gone: put a copy of that one in its place`,
      details,
    );
  if (statSync(path).size === 0)
    return new CorruptError(`${path} is empty: put a copy of it in its place`, details);
  return new CorruptError(`${path} is an LMDB file, but no OOCMap`, details);
}

/** A dictionary without members. */
const EMPTY_ROOT = Uint8Array.from([3, 0, 0]);

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
  return namesIn(directory)
    .map((name) => Number(NAME.exec(name)?.[1] ?? Number.NaN))
    .filter((number) => !Number.isNaN(number))
    .sort((a, b) => a - b);
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    throw storageError(error, 'read', directory);
  }
}
