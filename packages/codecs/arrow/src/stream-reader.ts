import {
  type CompressionType,
  type Data,
  DataType,
  Field,
  type Message,
  MetadataVersion,
  RecordBatch,
  type Schema,
  Struct,
  Vector,
} from 'apache-arrow';
import { castBatch } from './cast.js';
import { makeColumn } from './column.js';
import { Decompressor } from './decompress.js';
import { ColumnLoader } from './load.js';
import { requireDistinctNames, withNames, withNarrowIndices } from './readable.js';

/** The part of a message that describes columns. */
interface Columns {
  readonly length: number;
  readonly nodes: { readonly length: number; readonly nullCount: number }[];
  readonly buffers: { readonly offset: number; readonly length: number }[];
  readonly compression: { readonly type: CompressionType } | null;
  readonly variadicBufferCounts: number[];
}

/** A schema as it is stored, and as it is given out. */
interface Schemas {
  readonly stored: Schema;
  readonly given: Schema;
}

/** By their messages, which may be read again. */
const schemasOf = new WeakMap<Message, Schemas>();

/** Makes record batches of an IPC stream's messages, as views of them. */
export class StreamReader {
  readonly #dictionaries = new Map<number, Vector>();
  readonly #decompressor = new Decompressor();
  readonly #index: Schema | undefined;
  #schemas: Schemas | undefined;

  /** @param index the schema that is elsewhere, for a stream without one. */
  constructor(index?: Schema) {
    this.#index = index;
  }

  /** The schema of the batches. @throws {Error} when there is none, or it can't be read. */
  get schema(): Schema {
    return this.#begun().given;
  }

  /**
   * Takes a message and its body, which begins at a multiple of 8 where nothing is to be copied. Gives the batch if
   * it is one.
   *
   * @throws {Error} saying what is wrong with it.
   */
  read(message: Message, body: Uint8Array): RecordBatch | undefined {
    if (message.version < MetadataVersion.V4) fail('it is of a version before Arrow 0.8');
    if (message.isSchema()) this.#begin(message);
    else if (message.isDictionaryBatch()) this.#readDictionary(message.header(), body);
    else if (message.isRecordBatch()) {
      const { stored, given } = this.#begun();
      const { fields } = stored;
      const header = message.header();
      const children = this.#load(fields, header, body);
      const rows = makeColumn(new Struct(fields), header.length, 0, { children });
      const batch = makeBatch(stored, rows as Data<Struct>, message.metadata);
      return given === stored ? batch : castBatch(batch, given);
    }
    return undefined;
  }

  #readDictionary(
    {
      id,
      isDelta,
      data,
    }: { readonly id: number; readonly isDelta: boolean; readonly data: Columns },
    body: Uint8Array,
  ): void {
    const type: DataType =
      this.#begun().stored.dictionaries.get(id) ?? fail(`it has no dictionary ${id}`);
    const values = new Vector(this.#load([new Field(`dictionary ${id}`, type)], data, body));
    const before = isDelta ? this.#dictionaries.get(id) : undefined;
    const dictionary = before === undefined ? values : before.concat(values);
    this.#dictionaries.set(id, DataType.isDictionary(type) ? dictionary : dictionary.memoize());
  }

  #begin(message: Message): void {
    if (this.#schemas !== undefined) fail('it has two schemas');
    this.#schemas = schemasOf.get(message) ?? readable(message.header() as Schema);
    schemasOf.set(message, this.#schemas);
  }

  #begun(): Schemas {
    this.#schemas ??= readable(this.#index ?? fail('it has no schema'));
    return this.#schemas;
  }

  #load(fields: readonly Field[], columns: Columns, body: Uint8Array): Data[] {
    const { nodes, buffers, compression, variadicBufferCounts } = columns;
    let next = 0;
    const skipBuffer = () => {
      next++;
    };
    const nextBuffer = () => {
      const { offset, length } = buffers[next++] ?? fail('a message lacks buffers');
      if (offset < 0 || length < 0 || offset + length > body.length) fail('a buffer is cut off');
      const buffer = body.subarray(offset, offset + length);
      if (compression === null) return buffer;
      return this.#decompressor.decompress(buffer, compression.type);
    };
    return new ColumnLoader({
      nodes,
      variadicBufferCounts,
      unionValidity: this.#begun().stored.metadataVersion < MetadataVersion.V5,
      nextBuffer,
      skipBuffer,
      dictionaries: this.#dictionaries,
    }).columns(fields, columns.length);
  }
}

/**
 * A batch whose columns all have its length. The library's constructor sees to that again, and makes schema and fields
 * anew for it, which takes as long as all else about a small frame.
 */
function makeBatch(
  schema: Schema,
  data: Data<Struct>,
  metadata: ReadonlyMap<string, string>,
): RecordBatch {
  return Object.assign(Object.create(RecordBatch.prototype), { schema, data, _metadata: metadata });
}

function readable(schema: Schema): Schemas {
  const stored = withNames(schema);
  requireDistinctNames(stored);
  return { stored, given: withNarrowIndices(stored) };
}

function fail(what: string): never {
  throw new RangeError(what);
}
