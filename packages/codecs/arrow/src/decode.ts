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
    return readMessage(this.take(length, 'metadata'));
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
