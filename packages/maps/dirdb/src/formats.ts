import { arrowFile } from '@spillway/arrow';
import {
  CorruptError,
  concatBytes,
  jsonFile,
  quote,
  SchemaError,
  SpillwayError,
  StorageError,
  typeName,
  type ValueCodec,
} from '@spillway/core';
import { msgpackFile } from '@spillway/msgpack';
import { npyFile } from '@spillway/typed-array';
import { RecordBatch, Table } from 'apache-arrow';
import {
  type CompressorName,
  compress,
  compressorNames,
  compressorOf,
  decompress,
  suffixOf,
} from './compression.js';
import { META_SUFFIX } from './entry-files.js';

/** Data as they are written. */
export interface Dumped {
  /** The ending of the file. */
  readonly suffix: string;
  readonly pieces: readonly Uint8Array[];
}

/** A file that is read whole, or in pieces. */
export interface Source {
  readonly path: string;
  whole(): Promise<Uint8Array>;
  pieces(): AsyncIterable<Uint8Array>;
}

const OWN = [npyFile, arrowFile, msgpackFile, jsonFile] as readonly ValueCodec[];

/** How data become files and come back. The ending of a file says which codec and compressor it is from. */
export class Formats {
  readonly #codec: ValueCodec | undefined;
  readonly #compressor: CompressorName | undefined;
  /** Those that are read, by the ending of their files. */
  readonly #codecs: ReadonlyMap<string, ValueCodec>;

  /** @throws {TypeError} for what is no codec or compressor. */
  constructor(
    codec: 'msgpack' | 'json' | ValueCodec | undefined,
    compressor: CompressorName | undefined,
  ) {
    this.#codec = toCodec(codec);
    if (compressor !== undefined && !compressorNames.includes(compressor)) {
      throw new TypeError(
        `compressor must be one of ${compressorNames.join(', ')}, not ${compressor}`,
      );
    }
    this.#compressor = compressor;
    const all = this.#codec ? [...OWN, this.#codec] : OWN;
    this.#codecs = new Map(all.map((codec) => [endingOf(codec), codec]));
  }

  /** @throws {SchemaError} when the value has no format. */
  async dump(value: unknown, name: string): Promise<Dumped> {
    const codec = this.#codec ?? codecFor(value);
    const payload = attempt(
      () => codec.dump(value),
      (cause) => unfit(`the data of entry ${quote(name)} can't be written: `, name, cause),
    );
    const pieces = payload instanceof Uint8Array ? [payload] : payload;
    const suffix = endingOf(codec);
    if (this.#compressor === undefined) return { suffix, pieces };
    return {
      suffix: `${suffix}.${suffixOf(this.#compressor)}`,
      pieces: [await compress(this.#compressor, concatBytes(pieces), name)],
    };
  }

  /**
   * @throws {SchemaError} when nothing here reads files of that ending.
   * @throws {CorruptError} when the bytes are not what the ending says.
   */
  async load(bytes: Uint8Array, suffix: string, name: string, path: string): Promise<unknown> {
    const { codec, compressor } = this.#readerOf(suffix, name, path);
    const plain = compressor
      ? await decompress(compressor, bytes, name).catch((cause: unknown) => {
          throw cause instanceof CorruptError ? foreign(path, suffix, name, cause) : cause;
        })
      : bytes;
    return attempt(
      () => codec.load(plain),
      (cause) => foreign(path, suffix, name, cause),
    );
  }

  /**
   * Parts whose join are the data; one part where the codec knows none, or the file is compressed.
   *
   * @throws as {@link load}.
   */
  async *stream(source: Source, suffix: string, name: string): AsyncGenerator<unknown, void, void> {
    const { path } = source;
    const { codec, compressor } = this.#readerOf(suffix, name, path);
    if (codec.stream === undefined || compressor !== undefined) {
      yield await this.load(await source.whole(), suffix, name, path);
      return;
    }
    try {
      yield* codec.stream(source.pieces());
    } catch (cause) {
      throw cause instanceof StorageError ? cause : foreign(path, suffix, name, cause);
    }
  }

  #readerOf(
    suffix: string,
    name: string,
    path: string,
  ): { readonly codec: ValueCodec; readonly compressor: CompressorName | undefined } {
    const own = this.#codecs.get(suffix);
    if (own) return { codec: own, compressor: undefined };
    const dot = suffix.lastIndexOf('.');
    const compressor = compressorOf(suffix.slice(dot + 1));
    const codec = compressor && this.#codecs.get(suffix.slice(0, dot));
    if (codec) return { codec, compressor };
    throw new SchemaError(
      `nothing here reads ${path}: open the directory with the codec of .${suffix}, or delete the file if it is not DirDB's`,
      { key: name, path },
    );
  }
}

/** The codec of a value that comes back as it was. */
function codecFor(value: unknown): ValueCodec {
  if (Table.isTable(value) || RecordBatch.isRecordBatch(value)) return arrowFile as ValueCodec;
  const isArray = ArrayBuffer.isView(value) && !NOT_NPY.test(Object.prototype.toString.call(value));
  return isArray ? (npyFile as ValueCodec) : msgpackFile;
}

/** NumPy has no arrays of these, but of their elements. */
const NOT_NPY = /^\[object (DataView|Uint8ClampedArray)\]$/;

/** Metadata have the ending `json` to themselves. */
function endingOf({ extension }: ValueCodec): string {
  return extension === META_SUFFIX ? `data.${extension}` : extension;
}

function toCodec(codec: unknown): ValueCodec | undefined {
  if (codec === undefined) return undefined;
  if (codec === 'msgpack') return msgpackFile;
  if (codec === 'json') return jsonFile;
  const { extension, dump, load } = codec as ValueCodec;
  if (typeof dump !== 'function' || typeof load !== 'function') {
    throw new TypeError(
      `codec must be 'msgpack', 'json' or an object with dump, load and extension, not ${typeName(codec)}`,
    );
  }
  if (!/^[A-Za-z0-9]{1,16}$/.test(extension) || compressorOf(extension)) {
    throw new TypeError(
      `a codec's extension must be up to 16 letters and digits, and no compressor's, not ${extension}`,
    );
  }
  return codec as ValueCodec;
}

function attempt<T>(work: () => T, failure: (cause: unknown) => unknown): T {
  try {
    return work();
  } catch (cause) {
    throw failure(cause);
  }
}

/** What is thrown for a file that its codec doesn't take. */
function foreign(path: string, suffix: string, key: string, cause: unknown): SpillwayError {
  if (cause instanceof SchemaError) return unfit(`${path} can't be read: `, key, cause);
  return new CorruptError(`${path} is no .${suffix} file: ${reason(cause)}`, { key, path, cause });
}

function unfit(what: string, key: string, cause: unknown): SchemaError {
  const field = cause instanceof SpillwayError ? cause.field : undefined;
  return new SchemaError(what + reason(cause), {
    key,
    cause,
    ...(field !== undefined && { field }),
  });
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
