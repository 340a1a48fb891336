import type { FileHandle } from 'node:fs/promises';
import { CorruptError } from '@spillway/core';
import { storageError } from '@spillway/core/node';

/** So many bytes are asked for at once; the system gives no more than 2 GiB. */
const MOST = 2 ** 30;

const PIECE_BYTES = 2 ** 20;

/** All bytes of a file that nobody changes, in memory of their own. @throws {StorageError} */
export async function readWhole(handle: FileHandle, path: string): Promise<Uint8Array> {
  try {
    const { size } = await handle.stat();
    const { buffer } = Buffer.allocUnsafeSlow(size);
    const bytes = new Uint8Array(buffer);
    for (let at = 0; at < size; ) {
      const { bytesRead } = await handle.read(bytes, at, Math.min(size - at, MOST), at);
      if (bytesRead === 0)
        throw new CorruptError(`${path} was cut off while it was read`, { path });
      at += bytesRead;
    }
    return bytes;
  } catch (error) {
    throw storageError(error, 'read', path);
  }
}

/** The bytes of a file in pieces, each in memory of its own. @throws {StorageError} */
export async function* readPieces(
  handle: FileHandle,
  path: string,
): AsyncGenerator<Uint8Array, void, void> {
  for (;;) {
    const bytes = new Uint8Array(PIECE_BYTES);
    const bytesRead = await handle.read(bytes, 0, PIECE_BYTES, null).then(
      (result) => result.bytesRead,
      (error: unknown) => {
        throw storageError(error, 'read', path);
      },
    );
    if (bytesRead === 0) return;
    yield bytes.subarray(0, bytesRead);
  }
}
