import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { type Files, nodeFiles } from '../src/files.js';

/** What a process meets with that was killed: nothing works any more. */
export class Killed extends Error {}

/** A change of a directory, and how to take it back. */
interface Change {
  readonly removal: boolean;
  readonly undo: () => void;
}

interface Opened {
  path: string;
}

/**
 * A file system that fails when told to, over the real one: it is full after so many bytes, writes short,
 * can't bring bytes to the disk, kills its user at a given call, or loses its power.
 */
export class Disk implements Files {
  /** Bytes that can still be written; then it is full. */
  room = Number.POSITIVE_INFINITY;
  /** The most bytes that one call writes. */
  most = Number.POSITIVE_INFINITY;
  /** Whether fsync fails. */
  syncFails = false;
  /** How long fsync takes, in ms. */
  syncTime = 0;
  /** Whether truncating fails. */
  truncateFails = false;
  /** At which of the calls that change something the user is killed; that call does half of its work. */
  killAt = Number.POSITIVE_INFINITY;
  /** The calls so far that change something. */
  changes = 0;
  /** The run of the system. */
  run = nodeFiles.boot();
  /** How far the clock is behind the real one, in seconds. */
  clockBehind = 0;
  readonly #opened = new Map<number, Opened>();
  /** For each file, the bytes that are on the disk for sure. */
  readonly #synced = new Map<string, Buffer>();
  /** For each file, the bytes that the system could not write, and takes for written since. */
  readonly #givenUp = new Map<string, { readonly from: number; readonly to: number }[]>();
  /** How to take back each change of the directory that is not on the disk for sure, the last one last. */
  #unsynced: Change[] = [];

  open(path: string, flags: 'r' | 'r+' | 'wx+' | 'a+'): number {
    const isNew = flags === 'wx+' || (flags === 'a+' && !existsSync(path));
    if (isNew) this.#change();
    const fd = nodeFiles.open(path, flags);
    if (isNew) {
      this.#synced.set(path, Buffer.alloc(0));
      this.#unsynced.push({ removal: false, undo: () => rmSync(path, { force: true }) });
    }
    this.#opened.set(fd, { path });
    return fd;
  }

  close(fd: number): void {
    this.#opened.delete(fd);
    nodeFiles.close(fd);
  }

  write(fd: number, bytes: Uint8Array, position: number): number {
    return this.#write(bytes, (part) => nodeFiles.write(fd, part, position));
  }

  append(fd: number, bytes: Uint8Array): number {
    return this.#write(bytes, (part) => nodeFiles.append(fd, part));
  }

  writeParts(fd: number, parts: readonly Uint8Array[], position: number): number {
    return this.write(fd, Buffer.concat(parts), position);
  }

  async writePartsLater(
    fd: number,
    parts: readonly Uint8Array[],
    position: number,
  ): Promise<number> {
    return this.writeParts(fd, parts, position);
  }

  read(fd: number, target: Uint8Array, at: number, length: number, position: number): number {
    this.#alive();
    return nodeFiles.read(fd, target, at, length, position);
  }

  size(fd: number): number {
    this.#alive();
    return nodeFiles.size(fd);
  }

  truncate(fd: number, length: number): void {
    this.#change();
    if (this.truncateFails) throw systemError('EIO', 'ftruncate');
    nodeFiles.truncate(fd, length);
  }

  async sync(fd: number): Promise<void> {
    this.#change();
    await new Promise((resolve) => setTimeout(resolve, this.syncTime));
    const { path } = this.#opened.get(fd) as Opened;
    if (this.syncFails) {
      this.#giveUp(path);
      throw systemError('EIO', 'fsync');
    }
    this.#alive();
    if (existsSync(path)) this.#synced.set(path, this.#onDisk(path));
  }

  async syncDirectory(): Promise<void> {
    this.#change();
    if (this.syncFails) throw systemError('EIO', 'fsync');
    this.#unsynced = [];
  }

  rename(from: string, to: string): void {
    this.#change();
    const replaced = existsSync(to) ? readFileSync(to) : undefined;
    const syncedBefore = this.#synced.get(to);
    nodeFiles.rename(from, to);
    for (const opened of this.#opened.values()) if (opened.path === from) opened.path = to;
    this.#synced.set(to, this.#synced.get(from) ?? readFileSync(to));
    const undo = () => {
      renameSync(to, from);
      this.#synced.set(from, this.#synced.get(to) as Buffer);
      if (replaced) writeFileSync(to, replaced);
      if (syncedBefore) this.#synced.set(to, syncedBefore);
    };
    this.#unsynced.push({ removal: false, undo });
  }

  remove(path: string): void {
    this.#change();
    if (existsSync(path)) {
      const bytes = readFileSync(path);
      this.#unsynced.push({ removal: true, undo: () => writeFileSync(path, bytes) });
    }
    nodeFiles.remove(path);
  }

  list(path: string): string[] {
    this.#alive();
    return nodeFiles.list(path);
  }

  makeDirectory(path: string): void {
    this.#alive();
    nodeFiles.makeDirectory(path);
  }

  boot(): string {
    return this.run;
  }

  clock(): [number, number] {
    const [seconds, nanoseconds] = nodeFiles.clock();
    return [Math.max(seconds - this.clockBehind, 0), nanoseconds];
  }

  /**
   * Loses what is not on the disk for sure, or some of it: the last changes of the directory, and of each file
   * the end, or anything.
   *
   * @param random gives numbers from 0 to 1.
   */
  cutPower(random: () => number): void {
    const lost = Math.floor(random() * (this.#unsynced.length + 1));
    for (const { removal, undo } of this.#unsynced.splice(this.#unsynced.length - lost).reverse()) {
      // Files are made in order, but one may be gone sooner than what was to take its place has its name.
      if (!removal || random() < 0.5) undo();
    }
    for (const [path, synced] of this.#synced) {
      if (!existsSync(path)) continue;
      const bytes = readFileSync(path);
      const kept = Math.max(synced.length, Math.floor(random() * (bytes.length + 1)));
      const after = bytes.subarray(0, kept);
      // Of what is not sure, pages may hold zeros.
      for (let page = synced.length; page < kept; page += 64) {
        if (random() < 0.2) after.fill(0, page, Math.min(page + 64, kept));
      }
      synced.copy(after, 0, 0, Math.min(synced.length, kept));
      writeFileSync(path, after);
    }
    this.killAt = 0;
  }

  #write(bytes: Uint8Array, write: (part: Uint8Array) => number): number {
    this.changes++;
    if (this.changes > this.killAt) throw new Killed();
    if (this.room <= 0) throw systemError('ENOSPC', 'write');
    let length = Math.min(bytes.length, this.most, this.room);
    if (this.changes === this.killAt) length = Math.floor(length / 2);
    const written = write(bytes.subarray(0, length));
    this.room -= written;
    if (this.changes === this.killAt) throw new Killed();
    return written;
  }

  /** As Linux does: after a failed fsync, pages that were not written are clean, and the next fsync succeeds. */
  #giveUp(path: string): void {
    const from = this.#synced.get(path)?.length ?? 0;
    const range = { from, to: readFileSync(path).length };
    this.#givenUp.set(path, [...(this.#givenUp.get(path) ?? []), range]);
  }

  /** What a file holds on the disk once it was synchronised. */
  #onDisk(path: string): Buffer {
    const bytes = readFileSync(path);
    for (const { from, to } of this.#givenUp.get(path) ?? []) bytes.fill(0, from, to);
    return bytes;
  }

  /** Before anything that changes something, but writes no bytes. */
  #change(): void {
    this.changes++;
    if (this.changes >= this.killAt) throw new Killed();
  }

  #alive(): void {
    if (this.changes >= this.killAt) throw new Killed();
  }
}

function systemError(code: string, syscall: string): Error {
  return Object.assign(new Error(`${code}: ${syscall}`), { code, syscall, errno: -1 });
}
