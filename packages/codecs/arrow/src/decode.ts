import { Message, type RecordBatch, Table } from 'apache-arrow';
import { checkMessage } from './check-message.js';
import { StreamReader } from './stream-reader.js';

/**
 * The table of an Arrow IPC stream, as views of its bytes
 * (https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format). All that reading it relies on is checked.
 *
 * @throws {Error} saying what is wrong with it.
 */
export function decode(payload: Uint8Array): Table {
  // No Node `Buffer`, of which the library's slices would be views.
  const messages = new Messages(new Uint8Array(payload.buffer, payload.byteOffset, payload.length));
  const reader = new StreamReader();
  const batches: RecordBatch[] = [];
  for (let message = messages.next(); message !== undefined; message = messages.next()) {
    const batch = reader.read(message, messages.take(message.bodyLength, 'a message'));
    if (batch !== undefined) batches.push(batch);
  }
  return new Table(reader.schema, batches);
}

/** The one before an encapsulated message's length, since metadata version 5. */
export const CONTINUATION = -1;

/**
 * A message's metadata, checked.
 *
 * @throws {Error} saying what is wrong with it.
 */
export function readMessage(metadata: Uint8Array): Message {
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
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
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
    const left = this.#bytes.length - this.#at;
    if (!(length >= 0 && length <= left))
      fail(`${what} at byte ${this.#at} is cut off: ${left} of ${length} bytes are there`);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  #int32(): number {
    const at = this.#at;
    this.take(4, 'a length');
    return this.#view.getInt32(at, true);
  }
}

function fail(what: string): never {
  throw new RangeError(what);
}
