import {
  closeSync,
  fstatSync,
  fsync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  unlinkSync,
  writeSync,
  writev,
  writevSync,
} from 'node:fs';
import { promisify } from 'node:util';
import { systemCode } from '@spillway/core/node';

/**
 * Every call of a log on the file system goes through here, so that a test can put a disk in between that
 * is full, writes short or loses power. Errors are the system's own.
 */
export interface Files {
  /** `r` to read, `r+` to change, `a+` to append, `wx+` to make a file that isn't there yet. */
  open(path: string, flags: 'r' | 'r+' | 'wx+' | 'a+'): number;
  close(fd: number): void;
  /** Writes `bytes` at `position`; may write fewer, and says how many. */
  write(fd: number, bytes: Uint8Array, position: number): number;
  /** Writes `bytes` at the end of a file opened with `a+`, in one call. */
  append(fd: number, bytes: Uint8Array): number;
  /** As `write`, for `parts` one after the other. */
  writeParts(fd: number, parts: readonly Uint8Array[], position: number): number;
  writePartsLater(fd: number, parts: readonly Uint8Array[], position: number): Promise<number>;
  /** Reads into `target` from `at` on; may read fewer, 0 at the end of the file. */
  read(fd: number, target: Uint8Array, at: number, length: number, position: number): number;
  size(fd: number): number;
  truncate(fd: number, length: number): void;
  /** Waits until the file's bytes are on the disk. */
  sync(fd: number): Promise<void>;
  /** Waits until the directory's entries are on the disk. */
  syncDirectory(path: string): Promise<void>;
  rename(from: string, to: string): void;
  remove(path: string): void;
  list(path: string): string[];
  /** Makes a directory, unless it is there. */
  makeDirectory(path: string): void;
  /** Names the run of the system, from its start to its end, in 32 hexadecimal digits; zeros if nobody says. */
  boot(): string;
  /** Seconds and nanoseconds of a clock that only goes forward while the system runs, the same for all. */
  clock(): [seconds: number, nanoseconds: number];
}

const fsyncLater = promisify(fsync);

/** The real file system. */
export const nodeFiles: Files = {
  open: (path, flags) => openSync(path, flags, 0o666),
  close: closeSync,
  write: (fd, bytes, position) => writeSync(fd, bytes, 0, bytes.length, position),
  append: (fd, bytes) => writeSync(fd, bytes, 0, bytes.length, null),
  writeParts: writevSync,
  writePartsLater: (fd, parts, position) =>
    new Promise((resolve, reject) => {
      writev(fd, parts, position, (error, written) => (error ? reject(error) : resolve(written)));
    }),
  read: readSync,
  size: (fd) => fstatSync(fd).size,
  truncate: ftruncateSync,
  sync: fsyncLater,
  async syncDirectory(path) {
    // Windows has no such call; there, entries are on the disk when their call returns.
    if (process.platform === 'win32') return;
    const fd = openSync(path, 'r');
    try {
      await fsyncLater(fd);
    } finally {
      closeSync(fd);
    }
  },
  rename: renameSync,
  remove: unlinkSync,
  list: (path) => readdirSync(path),
  makeDirectory: (path) => {
    mkdirSync(path, { recursive: true });
  },
  boot: () => {
    boot ??= readBoot();
    return boot;
  },
  clock: () => process.hrtime(),
};

let boot: string | undefined;

function readBoot(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').replace(/[^0-9a-f]/g, '');
  } catch {
    return '0'.repeat(32);
  }
}

/** Removes a file that may be there. */
export function removeIfThere(files: Files, path: string): void {
  try {
    files.remove(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}

/** Writes all of `bytes`; the system may take a part at a time. @returns how many, and what went wrong. */
export function writeWhole(
  files: Files,
  fd: number,
  bytes: Uint8Array,
  position: number,
): { readonly written: number; readonly error?: unknown } {
  let written = 0;
  try {
    while (written < bytes.length) {
      written += files.write(
        fd,
        written === 0 ? bytes : bytes.subarray(written),
        position + written,
      );
    }
    return { written };
  } catch (error) {
    return { written, error };
  }
}

/** Writes all of `bytes`, or throws the system's error. */
export function writeAll(files: Files, fd: number, bytes: Uint8Array, position: number): void {
  const { error } = writeWhole(files, fd, bytes, position);
  if (error !== undefined) throw error;
}

/** Writes all of `parts`, one after the other, or throws the system's error. */
export function writeAllParts(
  files: Files,
  fd: number,
  parts: readonly Uint8Array[],
  position: number,
): void {
  let at = position;
  for (let left = parts; left.length > 0; ) {
    const written = files.writeParts(fd, left, at);
    at += written;
    left = partsAfter(left, written);
  }
}

/** As {@link writeAllParts}, while others go on. */
export async function writeAllPartsLater(
  files: Files,
  fd: number,
  parts: readonly Uint8Array[],
  position: number,
): Promise<void> {
  let at = position;
  for (let left = parts; left.length > 0; ) {
    const written = await files.writePartsLater(fd, left, at);
    at += written;
    left = partsAfter(left, written);
  }
}

function partsAfter(parts: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  let whole = 0;
  let rest = bytes;
  for (const { length } of parts) {
    if (length > rest) break;
    rest -= length;
    whole++;
  }
  const [cut, ...others] = parts.slice(whole);
  return cut === undefined ? [] : [cut.subarray(rest), ...others];
}
