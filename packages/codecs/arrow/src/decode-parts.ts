import { concatBytes } from '@spillway/core';
import { Table } from 'apache-arrow';
import { CONTINUATION, readMessage } from './decode.js';
import { StreamReader } from './stream-reader.js';

/**
 * A table for each record batch of an Arrow IPC stream that comes in pieces, cut anywhere; one without rows where it
 * has no batches.
 *
 * @throws {Error} saying what is wrong with it.
 */
export async function* decodeParts(
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Table, void, void> {
  const bytes = new ByteQueue(pieces);
  const reader = new StreamReader();
  let batches = 0;
  for (let length = await nextLength(bytes); length !== 0; length = await nextLength(bytes)) {
    const message = readMessage(await bytes.take(length, 'metadata'));
    const batch = reader.read(message, await bytes.take(message.bodyLength, 'a message'));
    if (batch === undefined) continue;
    batches++;
    yield new Table(reader.schema, [batch]);
  }
  if (!(await bytes.isAtEnd())) throw new RangeError('bytes follow its end');
  if (batches === 0) yield new Table(reader.schema, []);
}

/** The length of the next message's metadata; 0 at the end. A stream may end with or without saying so. */
async function nextLength(bytes: ByteQueue): Promise<number> {
  if (await bytes.isAtEnd()) return 0;
  const length = await nextInt32(bytes);
  return length === CONTINUATION ? nextInt32(bytes) : length;
}

async function nextInt32(bytes: ByteQueue): Promise<number> {
  const { buffer, byteOffset } = await bytes.take(4, 'a length');
  return new DataView(buffer, byteOffset).getInt32(0, true);
}

/** Bytes that come in pieces and are taken in others. */
class ByteQueue {
  readonly #source: AsyncIterator<Uint8Array>;
  #pieces: Uint8Array[] = [];
  #held = 0;
  #taken = 0;
  #isEnded = false;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async isAtEnd(): Promise<boolean> {
    await this.#fill(1);
    return this.#held === 0;
  }

  /** The next `length` bytes, in memory of their own. No more is reserved than there is. */
  async take(length: number, what: string): Promise<Uint8Array> {
    await this.#fill(length);
    if (!(length >= 0 && length <= this.#held)) {
      throw new RangeError(
        `${what} at byte ${this.#taken} is cut off: ${this.#held} of ${length} bytes are there`,
      );
    }
    const held = concatBytes(this.#pieces);
    this.#pieces = [held.subarray(length)];
    this.#held -= length;
    this.#taken += length;
    return held.slice(0, length);
  }

  async #fill(length: number): Promise<void> {
    while (this.#held < length && !this.#isEnded) {
      const { done, value } = await this.#source.next();
      if (done) this.#isEnded = true;
      else {
        this.#pieces.push(value);
        this.#held += value.length;
      }
    }
  }
}
