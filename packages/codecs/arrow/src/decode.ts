import { Message, type RecordBatch, type Schema, Table } from 'apache-arrow';
import { readLayout } from './batch-layout.js';
import { checkMessage } from './check-message.js';
import { StreamReader } from './stream-reader.js';

/**
 * The table of an Arrow IPC stream, as views of its bytes
 * (https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format). All that reading it relies on is checked.
 *
 * @throws {Error} saying what is wrong with it.
 */
export function decode(payload: Uint8Array): Table {
  const { schema, batches } = read(payload);
  return new Table(schema, batches);
}

/** {@link decode} without the table where there is one batch, as of the frames of a shuffle. */
export function decodeFrame(payload: Uint8Array): Table | RecordBatch {
  const { schema, batches } = read(payload);
  const [first] = batches;
  return first !== undefined && batches.length === 1 ? first : new Table(schema, batches);
}

function read(payload: Uint8Array): { readonly schema: Schema; readonly batches: RecordBatch[] } {
  // No Node `Buffer`, of which the library's slices would be views.
  const messages = new Messages(new Uint8Array(payload.buffer, payload.byteOffset, payload.length));
  const reader = new StreamReader();
  const batches: RecordBatch[] = [];
  for (let message = messages.next(); message !== undefined; message = messages.next()) {
    const batch = reader.read(message, messages.take(message.bodyLength, 'a message'));
    if (batch !== undefined) batches.push(batch);
  }
  return { schema: reader.schema, batches };
}

/** The one before an encapsulated message's length, since metadata version 5. */
export const CONTINUATION = -1;

/**
 * A message's metadata, checked.
 *
 * @throws {Error} saying what is wrong with it.
 */
export function readMessage(metadata: Uint8Array): Message {
  const own = readLayout(metadata);
  if (own !== undefined) return own;
  checkMessage(metadata);
  return Message.decode(metadata);
}

/** The last schema read: streams of one store mostly have the same one. */
let known: { readonly metadata: Uint8Array; readonly message: Message } | undefined;

/** {@link readMessage}, but a schema that comes again is the same message. */
function readKnown(metadata: Uint8Array): Message {
  if (known !== undefined && isEqual(known.metadata, metadata)) return known.message;
  const message = readMessage(metadata);
  if (message.isSchema()) known = { metadata: metadata.slice(), message };
  return message;
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  const one = new DataView(a.buffer, a.byteOffset, a.length);
  const other = new DataView(b.buffer, b.byteOffset, b.length);
  const words = a.length & ~3;
  for (let i = 0; i < words; i += 4) if (one.getInt32(i) !== other.getInt32(i)) return false;
  for (let i = words; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** The messages of a stream in memory. */
class Messages {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** The next message's metadata. A stream may end with or without saying so. */
  next(): Message | undefined {
    if (this.#at === this.#bytes.length) return undefined;
    let length = this.#int32();
    if (length === CONTINUATION) length = this.#int32();
    if (length === 0) {
      if (this.#at < this.#bytes.length) fail('bytes follow its end');
      return undefined;
    }
    return readKnown(this.take(length, 'metadata'));
  }

  take(length: number, what: string): Uint8Array {
    const at = this.#pass(length, what);
    return this.#bytes.subarray(at, at + length);
  }

  #int32(): number {
    return this.#view.getInt32(this.#pass(4, 'a length'), true);
  }

  /** Where the next `length` bytes begin, which are not the next any more. */
  #pass(length: number, what: string): number {
    const at = this.#at;
    const left = this.#bytes.length - at;
    if (!(length >= 0 && length <= left))
      fail(`${what} at byte ${at} is cut off: ${left} of ${length} bytes are there`);
    this.#at += length;
    return at;
  }
}

function fail(what: string): never {
  throw new RangeError(what);
}
