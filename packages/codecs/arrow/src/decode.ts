import {
  type CompressionType,
  type Data,
  DataType,
  Field,
  Message,
  MetadataVersion,
  RecordBatch,
  type Schema,
  Struct,
  Table,
  Vector,
} from 'apache-arrow';
import { castBatch } from './cast.js';
import { checkMessage } from './check-message.js';
import { makeColumn } from './column.js';
import { Decompressor } from './decompress.js';
import { ColumnLoader } from './load.js';
import { requireDistinctNames, withNames, withNarrowIndices } from './readable.js';

/**
 * The table of an Arrow IPC stream, as views of its bytes
 * (https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format). All that reading it relies on is checked.
 *
 * @throws {Error} saying what is wrong with it.
 */
export function decode(payload: Uint8Array): Table {
  // No Node `Buffer`, of which the library's slices would be views.
  const stream = new StreamReader(
    new Uint8Array(payload.buffer, payload.byteOffset, payload.length),
  );
  const batches = [...stream.batches()];
  const schema = withNarrowIndices(stream.schema);
  if (schema === stream.schema) return new Table(schema, batches);
  return new Table(
    schema,
    batches.map((batch) => castBatch(batch, schema)),
  );
}

/** The part of a message that describes columns. */
interface Columns {
  readonly length: number;
  readonly nodes: { readonly length: number; readonly nullCount: number }[];
  readonly buffers: { readonly offset: number; readonly length: number }[];
  readonly compression: { readonly type: CompressionType } | null;
  readonly variadicBufferCounts: number[];
}

/** The one before an encapsulated message's length, since metadata version 5. */
const CONTINUATION = -1;

class StreamReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #dictionaries = new Map<number, Vector>();
  readonly #decompressor = new Decompressor();
  #at = 0;
  #schema: Schema | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get schema(): Schema {
    return this.#schema ?? fail('it has no schema');
  }

  *batches(): Generator<RecordBatch> {
    for (let message = this.#next(); message !== undefined; message = this.#next()) {
      if (message.version < MetadataVersion.V4) fail('it is of a version before Arrow 0.8');
      const body = this.#take(message.bodyLength, 'a message');
      if (message.isSchema()) this.#readSchema(message.header());
      else if (message.isDictionaryBatch()) this.#readDictionary(message.header(), body);
      else if (message.isRecordBatch()) {
        const { fields } = this.schema;
        const header = message.header();
        const children = this.#load(fields, header, body);
        const rows = makeColumn(new Struct(fields), header.length, 0, { children });
        yield new RecordBatch(this.schema, rows as Data<Struct>, message.metadata);
      }
    }
  }

  /** The next message's metadata, checked. A stream may end with or without saying so. */
  #next(): Message | undefined {
    if (this.#at === this.#bytes.length) return undefined;
    let length = this.#int32();
    if (length === CONTINUATION) length = this.#int32();
    if (length === 0) {
      if (this.#at < this.#bytes.length) fail('bytes follow its end');
      return undefined;
    }
    const metadata = this.#take(length, 'metadata');
    checkMessage(metadata);
    return Message.decode(metadata);
  }

  #readSchema(schema: Schema): void {
    if (this.#schema !== undefined) fail('it has two schemas');
    this.#schema = withNames(schema);
    requireDistinctNames(this.#schema);
  }

  #readDictionary(
    {
      id,
      isDelta,
      data,
    }: { readonly id: number; readonly isDelta: boolean; readonly data: Columns },
    body: Uint8Array,
  ): void {
    const type: DataType = this.schema.dictionaries.get(id) ?? fail(`it has no dictionary ${id}`);
    const values = new Vector(this.#load([new Field(`dictionary ${id}`, type)], data, body));
    const before = isDelta ? this.#dictionaries.get(id) : undefined;
    const dictionary = before === undefined ? values : before.concat(values);
    this.#dictionaries.set(id, DataType.isDictionary(type) ? dictionary : dictionary.memoize());
  }

  #load(fields: readonly Field[], columns: Columns, body: Uint8Array): Data[] {
    const { nodes, buffers, compression, variadicBufferCounts } = columns;
    let next = 0;
    const nextBuffer = () => {
      const { offset, length } = buffers[next++] ?? fail('a message lacks buffers');
      if (offset < 0 || length < 0 || offset + length > body.length) fail('a buffer is cut off');
      const buffer = body.subarray(offset, offset + length);
      if (compression === null) return buffer;
      return this.#decompressor.decompress(buffer, compression.type);
    };
    const unionValidity = this.schema.metadataVersion < MetadataVersion.V5;
    const dictionaries = this.#dictionaries;
    const source = { nodes, variadicBufferCounts, unionValidity, nextBuffer, dictionaries };
    return new ColumnLoader(source).columns(fields, columns.length);
  }

  #int32(): number {
    const at = this.#at;
    this.#take(4, 'a length');
    return this.#view.getInt32(at, true);
  }

  #take(length: number, what: string): Uint8Array {
    const left = this.#bytes.length - this.#at;
    if (!(length >= 0 && length <= left))
      fail(`${what} at byte ${this.#at} is cut off: ${left} of ${length} bytes are there`);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}

function fail(what: string): never {
  throw new RangeError(what);
}
