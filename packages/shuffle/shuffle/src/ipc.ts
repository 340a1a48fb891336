import { type FileHandle, open } from 'node:fs/promises';
import { CONTINUATION, readMessage, StreamReader } from '@spillway/arrow/ipc';
import { allocate, CorruptError } from '@spillway/core';
import { storageError } from '@spillway/core/node';
import { type Message, type RecordBatch, RecordBatchReader, type Schema } from 'apache-arrow';
import { emptyBatch } from './chunk.js';

/** What an IPC file begins with; behind it and two bytes is a stream. */
const MAGIC = 'ARROW1';
const STREAM_AT = 8;

/**
 * The batches of an Arrow IPC file or stream (https://arrow.apache.org/docs/format/Columnar.html#format-ipc), one in
 * memory at a time. Both are read by the codec's reader, which checks what the library's own believes: a file is a
 * stream with an index behind it.
 *
 * @throws {StorageError} @throws {CorruptError} naming the file and the byte.
 */
export async function* readIpc(path: string): AsyncGenerator<RecordBatch> {
  const file = await IpcFile.open(path);
  try {
    const reader = new StreamReader(file.index);
    let batches = 0;
    for await (const { message, body } of file.messages()) {
      const batch = file.check(() => reader.read(message, body));
      if (!batch) continue;
      batches++;
      yield batch;
    }
    const schema = file.check(() => reader.schema);
    if (batches === 0) yield emptyBatch(schema);
  } finally {
    await file.close();
  }
}

class IpcFile {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #bytes: number;
  #at = 0;
  /** Where the message that is read begins. */
  #messageAt = 0;
  /** What the index of a file says; some writers leave it out of the stream. */
  index: Schema | undefined;

  private constructor(path: string, file: FileHandle, bytes: number) {
    this.#path = path;
    this.#file = file;
    this.#bytes = bytes;
  }

  static async open(path: string): Promise<IpcFile> {
    let handle: FileHandle | undefined;
    try {
      handle = await open(path);
      const file = new IpcFile(path, handle, (await handle.stat()).size);
      await file.#skipMagic();
      return file;
    } catch (error) {
      await handle?.close();
      throw storageError(error, 'read', path);
    }
  }

  /** The messages of the stream, in their order. */
  async *messages(): AsyncGenerator<{ readonly message: Message; readonly body: Uint8Array }> {
    while (this.#at < this.#bytes) {
      this.#messageAt = this.#at;
      let length = await this.#int32();
      if (length === CONTINUATION) length = await this.#int32();
      if (length === 0) return;
      const metadata = await this.#take(length, 'metadata');
      const message = this.check(() => readMessage(metadata));
      yield { message, body: await this.#take(message.bodyLength, 'a message') };
    }
  }

  /** Runs what finds out whether a message is sound. */
  check<T>(read: () => T): T {
    try {
      return read();
    } catch (cause) {
      return this.#fail(
        `the message at byte ${this.#messageAt} is wrong: ${(cause as Error).message}`,
        cause,
      );
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  async #skipMagic(): Promise<void> {
    if (this.#bytes < STREAM_AT) return;
    const start = Buffer.from(await this.#take(STREAM_AT, 'the beginning'));
    if (start.toString('latin1', 0, MAGIC.length) === MAGIC) this.index = await this.#readIndex();
    else this.#at = 0;
  }

  /** The library reads the index; a file that was cut off has none. */
  async #readIndex(): Promise<Schema> {
    const end = Buffer.alloc(MAGIC.length);
    await this.#file.read(end, 0, end.length, Math.max(0, this.#bytes - end.length));
    if (end.toString('latin1') !== MAGIC) this.#fail(`its end, at byte ${this.#bytes}, is missing`);
    const index = await open(this.#path);
    try {
      const reader = await RecordBatchReader.from(index);
      await reader.open();
      return reader.schema;
    } catch (cause) {
      return this.#fail(`its index can't be read: ${(cause as Error).message}`, cause);
    } finally {
      await index.close();
    }
  }

  async #take(length: number, what: string): Promise<Uint8Array> {
    const left = this.#bytes - this.#at;
    if (!(length >= 0 && length <= left))
      this.#fail(`${what} at byte ${this.#at} is cut off: ${left} of ${length} bytes are there`);
    const bytes = allocate(length);
    try {
      for (let done = 0; done < length; ) {
        const { bytesRead } = await this.#file.read(bytes, done, length - done, this.#at + done);
        if (bytesRead === 0) this.#fail(`it ends at byte ${this.#at + done}`);
        done += bytesRead;
      }
    } catch (error) {
      throw storageError(error, 'read', this.#path);
    }
    this.#at += length;
    return bytes;
  }

  async #int32(): Promise<number> {
    const bytes = await this.#take(4, 'a length');
    return new DataView(bytes.buffer).getInt32(0, true);
  }

  #fail(what: string, cause?: unknown): never {
    throw new CorruptError(`${this.#path} is no whole Arrow IPC file or stream: ${what}`, {
      path: this.#path,
      offset: this.#messageAt,
      cause,
    });
  }
}
