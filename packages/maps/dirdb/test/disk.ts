import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Files, type NewFile, nodeFiles } from '../src/files.js';

/** What a process meets with that was killed: nothing works any more. */
export class Killed extends Error {}

/** A change of one directory, or of two, and how to take it back. */
interface Change {
  /** Where a name came. */
  readonly to: string;
  /** Where a name went. */
  readonly from: string;
  /** Takes all of it back; but a name that went for sure stays away. */
  readonly undo: (isGone: boolean) => void;
  /** Brings back the name that went, while the one that came stays. */
  readonly reappear: () => void;
  toSynced: boolean;
  fromSynced: boolean;
}

/**
 * A file system that fails when told to, over the real one: it is full after so many bytes, writes short, can't bring
 * bytes to the disk, kills its user at a given call, or loses its power.
 */
export class Disk implements Files {
  /** Bytes that can still be written; then it is full. */
  room = Number.POSITIVE_INFINITY;
  /** The most bytes that one call writes. */
  most = Number.POSITIVE_INFINITY;
  /** At which of the calls fsync begins to fail. */
  syncFailsAt = Number.POSITIVE_INFINITY;
  /** At which of the calls that change something the user is killed; that call does half of its work. */
  killAt = Number.POSITIVE_INFINITY;
  /** The calls so far that change something. */
  changes = 0;
  /** Files whose bytes are not on the disk for sure. */
  readonly #unsynced = new Set<string>();
  /** What is not on the disk for sure, the last one last. */
  #pending: Change[] = [];

  async create(path: string): Promise<NewFile> {
    this.#change();
    const file = await nodeFiles.create(path);
    this.#unsynced.add(path);
    this.#note(dirname(path), dirname(path), () => rmSync(path, { force: true }));
    return {
      write: (pieces) => this.#write(pieces, (some) => file.write(some)),
      sync: async () => {
        this.#sync();
        this.#unsynced.delete(path);
      },
      close: () => file.close(),
    };
  }

  async rename(from: string, to: string): Promise<void> {
    this.#change();
    const bytes = readFileSync(from);
    const replaced = existsSync(to) ? readFileSync(to) : undefined;
    const undo = (isGone: boolean) => {
      if (!isGone) writeFileSync(from, bytes);
      if (replaced) writeFileSync(to, replaced);
      else rmSync(to, { force: true });
    };
    await nodeFiles.rename(from, to);
    if (this.#unsynced.delete(from)) this.#unsynced.add(to);
    this.#note(dirname(to), dirname(from), undo, () => writeFileSync(from, bytes));
  }

  async remove(path: string): Promise<void> {
    this.#change();
    const bytes = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
    await nodeFiles.remove(path);
    this.#note(dirname(path), dirname(path), () => writeFileSync(path, bytes));
  }

  async makeDirectory(path: string): Promise<void> {
    this.#change();
    const made: string[] = [];
    for (let folder = path; !existsSync(folder); folder = dirname(folder)) made.unshift(folder);
    await nodeFiles.makeDirectory(path);
    for (const folder of made) {
      const undo = () => rmSync(folder, { recursive: true, force: true });
      this.#note(dirname(folder), dirname(folder), undo);
    }
  }

  async syncDirectory(path: string): Promise<void> {
    this.#sync();
    for (const change of this.#pending) {
      change.toSynced ||= change.to === path;
      change.fromSynced ||= change.from === path;
    }
    this.#pending = this.#pending.filter((change) => !(change.toSynced && change.fromSynced));
  }

  /**
   * Loses what is not on the disk for sure, or some of it: of each directory the last changes, of each file anything.
   * Nothing works any more afterwards.
   *
   * @param random gives numbers from 0 to 1.
   */
  cutPower(random: () => number): void {
    // How many of a directory's changes had come to the disk by themselves.
    const kept = new Map<string, number>();
    const isLost = (folder: string, i: number) => {
      if (!kept.has(folder)) kept.set(folder, Math.floor(random() * (this.#pending.length + 1)));
      return i >= (kept.get(folder) as number);
    };
    for (const [i, change] of [...this.#pending.entries()].reverse()) {
      if (!change.toSynced && isLost(change.to, i)) change.undo(change.fromSynced);
      else if (!change.fromSynced && isLost(change.from, i)) change.reappear();
    }
    for (const path of this.#unsynced) {
      if (!existsSync(path)) continue;
      const bytes = readFileSync(path);
      const after = bytes.subarray(0, Math.floor(random() * (bytes.length + 1)));
      if (random() < 0.5) after.fill(0, Math.floor(random() * after.length));
      writeFileSync(path, after);
    }
    this.killAt = 0;
  }

  #note(
    to: string,
    from: string,
    undo: (isGone: boolean) => void,
    reappear = () => undo(false),
  ): void {
    this.#pending.push({ to, from, undo, reappear, toSynced: false, fromSynced: false });
  }

  async #write(
    pieces: readonly Uint8Array[],
    write: (pieces: readonly Uint8Array[]) => Promise<number>,
  ): Promise<number> {
    this.changes++;
    if (this.changes > this.killAt) throw new Killed();
    if (this.room <= 0) throw systemError('ENOSPC', 'write');
    const bytes = Buffer.concat(pieces);
    let length = Math.min(bytes.length, this.most, this.room);
    if (this.changes === this.killAt) length = Math.floor(length / 2);
    const written = length > 0 ? await write([bytes.subarray(0, length)]) : 0;
    this.room -= written;
    if (this.changes === this.killAt) throw new Killed();
    return written;
  }

  #sync(): void {
    this.#change();
    if (this.changes >= this.syncFailsAt) throw systemError('EIO', 'fsync');
  }

  #change(): void {
    this.changes++;
    if (this.changes >= this.killAt) throw new Killed();
  }
}

function systemError(code: string, syscall: string): Error {
  return Object.assign(new Error(`${code}: ${syscall}`), { code, syscall, errno: -1 });
}
