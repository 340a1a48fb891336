import { type FileHandle, open } from 'node:fs/promises';
import { CONTINUATION, readMessage, StreamReader } from '@spillway/arrow/ipc';
import { allocate, CorruptError } from '@spillway/core';
import { storageError } from '@spillway/core/node';
import { RecordBatch } from 'apache-arrow';

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
    const reader = new StreamReader();
    let batches = 0;
    for (let message = await file.message(); message; message = await file.message()) {
      const body = await file.take(message.bodyLength, 'a message');
      const batch = file.check(() => reader.read(message, body));
      if (!batch) continue;
      batches++;
      yield batch;
    }
    const schema = file.check(() => reader.schema);
    if (batches === 0) yield new RecordBatch(schema);
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

  /** The next message's metadata; `undefined` at the end. */
  async message(): Promise<ReturnType<typeof readMessage> | undefined> {
    this.#messageAt = this.#at;
    if (this.#at === this.#bytes) return undefined;
    let length = await this.#int32();
    if (length === CONTINUATION) length = await this.#int32();
    if (length === 0) return undefined;
    const metadata = await this.take(length, 'metadata');
    return this.check(() => readMessage(metadata));
  }

  async take(length: number, what: string): Promise<Uint8Array> {
    const left = this.#bytes - this.#at;
    if (!(length >= 0 && length <= left))
      this.#fail(`${what} at byte ${this.#at} is cut off: ${left} of ${length} bytes are there`);
    const bytes = allocate(length);
    try {
      for (let done = 0; done < length; ) {
        const { bytesRead } = await this.#file.read(bytes, done, length - done, this.#at + done);
        if (bytesRead === 0) this.#fail(`the file ends at byte ${this.#at + done}`);
        done += bytesRead;
      }
    } catch (error) {
      throw storageError(error, 'read', this.#path);
    }
    this.#at += length;
    return bytes;
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
    const start = Buffer.from(await this.take(STREAM_AT, 'the beginning'));
    if (start.toString('latin1', 0, MAGIC.length) !== MAGIC) this.#at = 0;
  }

  async #int32(): Promise<number> {
    const bytes = await this.take(4, 'a length');
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
