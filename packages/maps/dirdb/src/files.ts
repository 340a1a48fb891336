import { mkdir, open, rename, unlink } from 'node:fs/promises';
import { systemCode } from '@spillway/core/node';

/**
 * Every change of the directory goes through here, so that a test can put a disk in between that is full, is stopped
 * or loses power. Errors are the system's own.
 */
export interface Files {
  /** Makes a file that isn't there yet. */
  create(path: string): Promise<NewFile>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Makes a directory, and those around it, unless they are there. */
  makeDirectory(path: string): Promise<void>;
  /** Waits until the directory's entries are on the disk. */
  syncDirectory(path: string): Promise<void>;
}

/** A file on its way. */
export interface NewFile {
  /** Writes pieces one after the other; may write fewer bytes, and says how many. */
  write(pieces: readonly Uint8Array[]): Promise<number>;
  /** Waits until the bytes are on the disk. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** The real file system. */
export const nodeFiles: Files = {
  async create(path) {
    const handle = await open(path, 'wx');
    return {
      write: async (pieces) => (await handle.writev(pieces)).bytesWritten,
      sync: () => handle.sync(),
      close: () => handle.close(),
    };
  },
  rename,
  remove: unlink,
  async makeDirectory(path) {
    await mkdir(path, { recursive: true });
  },
  async syncDirectory(path) {
    // Windows has no such call; there, entries are on the disk when their call returns.
    if (process.platform === 'win32') return;
    const handle = await open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};

/** So many pieces are handed over at once, which the system takes (IOV_MAX). */
const PIECES = 1024;

/** Makes a file of these bytes, which are on the disk then. Its name is not. */
export async function writeDurably(
  files: Files,
  path: string,
  pieces: readonly Uint8Array[],
): Promise<void> {
  const file = await files.create(path);
  try {
    for (let left = pieces.filter(({ length }) => length > 0); left.length > 0; ) {
      left = piecesAfter(left, await file.write(left.slice(0, PIECES)));
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Removes a file that may be there. */
export async function removeIfThere(files: Files, path: string): Promise<void> {
  try {
    await files.remove(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}

function piecesAfter(pieces: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let rest = bytes;
  const left = pieces.slice();
  while (left[0] !== undefined && left[0].length <= rest) rest -= left.shift()?.length ?? 0;
  if (left[0] !== undefined && rest > 0) left[0] = left[0].subarray(rest);
  return left;
}
