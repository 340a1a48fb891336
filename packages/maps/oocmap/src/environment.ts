import { ClosedError, CorruptError } from '@spillway/core';
import { DataFile } from './data-file.js';
import { databaseError } from './database-error.js';
import { Group } from './group.js';
import type { Header } from './header.js';
import type { Reading } from './table.js';
import { WriteTransaction } from './write-transaction.js';

/** What is kept in memory of what an environment holds. */
export interface Contents {
  /** Writes what was changed in memory to the open transaction. */
  flush(): void;
  /** Forgets what was read, because others have changed it. */
  forget(): void;
  /** Forgets what was read or changed in a transaction that is not committed. */
  undo(): void;
}

/** How often readers that died are cleared away, in ms. */
const READER_CHECK_MS = 1000;

/**
 * The snapshots and transactions of a map. What a turn of the event loop reads is one snapshot; what it changes
 * one by one is one transaction, committed at its end. LMDB's own lock makes writers of all processes take
 * turns, so that whatever a transaction reads is what nobody else can be changing.
 */
export class Environment {
  /** Changes whenever what was read before may no longer hold: after each turn and each change. */
  epoch = 0;
  header: Header;
  /** The changes that no transaction of the user holds. */
  readonly group = new Group(() => this.#commit());
  contents: Contents = { flush() {}, forget() {}, undo() {} };
  readonly #directory: string;
  readonly #reading: Reading = { transaction: undefined };
  #file: DataFile;
  #writing: WriteTransaction | undefined;
  /** How deep transactions of the user are nested; 0 in a group. */
  #depth = 0;
  #readersChecked = 0;
  #closed = false;

  constructor(directory: string) {
    this.#directory = directory;
    this.#file = DataFile.open(directory, this.#reading);
    this.header = this.#file.header();
  }

  /** The file that is current. */
  get file(): DataFile {
    return this.#file;
  }

  /** Sees to it that reads go to a snapshot that nothing has changed in this turn. @throws {ClosedError} */
  read(): void {
    if (this.#reading.transaction === undefined && this.#writing === undefined)
      this.#openSnapshot();
  }

  /**
   * Sees to it that a transaction is open: the user's, or that of the turn's group.
   *
   * @throws what failed when the group before this one was to be committed, once. @throws {ClosedError}
   */
  write(): void {
    this.epoch++;
    if (this.#writing !== undefined) {
      if (this.#depth > 0 || !this.group.change()) return;
      this.group.commit();
    }
    this.group.throwFailure();
    this.#begin();
    this.group.begin();
  }

  /** Runs `work` in a transaction of its own, or one within the user's that is open. */
  transaction<T>(work: () => T): T {
    if (this.#depth > 0) return this.#child(work);
    this.group.commit();
    this.group.throwFailure();
    this.#begin();
    this.#depth = 1;
    let result: T;
    try {
      result = runNow(work);
    } catch (error) {
      this.#abort();
      throw error;
    } finally {
      this.#depth = 0;
    }
    this.#commit();
    return result;
  }

  /**
   * Makes `number` the current file if nothing has changed since the clock showed `clock`: notes in this one
   * that it has moved, and opens that one.
   *
   * @param place gives the file its name, when nobody can write any more.
   */
  move(number: number, clock: number, place: () => void): boolean {
    this.group.commit();
    this.#begin();
    if (this.header.clock !== clock) {
      this.#endWriting('abort');
      return false;
    }
    try {
      place();
      this.#file.putHeader({ ...this.header, movedTo: number });
    } catch (error) {
      this.#endWriting('abort');
      throw error;
    }
    this.#endWriting('commit');
    this.#follow(number);
    return true;
  }

  /** Clears away readers whose process is gone. @returns how many they were. */
  checkReaders(): number {
    this.#readersChecked = performance.now();
    return this.#file.root.readerCheck();
  }

  /** @throws {ClosedError} */
  checkOpen(): void {
    if (this.#closed) throw new ClosedError(`the OOCMap at ${this.#directory} is closed`);
  }

  /** @throws {ClosedError} within a transaction. */
  checkIdle(): void {
    if (this.#depth > 0)
      throw new ClosedError(`the OOCMap at ${this.#directory} can't close within a transaction`);
  }

  /** Commits what is open, and releases the files. @throws {StorageError} when that fails. */
  close(): void {
    if (this.#closed) return;
    try {
      this.group.commit();
      this.group.throwFailure();
    } finally {
      this.#closed = true;
      this.#endSnapshot();
      this.contents.forget();
      this.#file.close();
    }
  }

  /**
   * Undoes what is not committed, because the thread ends: LMDB's lock would stay taken, and lmdb would wait for it
   * when it cleans up behind the thread.
   */
  abandon(): void {
    const { env } = this.#file.root as unknown as { env: { abortTxn(): void } };
    for (; this.#depth > 1; this.#depth--) env.abortTxn();
    if (this.#writing !== undefined) this.#abort();
    this.#closed = true;
  }

  #openSnapshot(): void {
    this.checkOpen();
    for (;;) {
      const { root } = this.#file;
      root.resetReadTxn();
      this.#reading.transaction = root.useReadTransaction();
      const header = this.#file.header();
      if (header.movedTo === 0) {
        this.#see(header);
        setImmediate(() => this.#endSnapshot());
        return;
      }
      this.#endSnapshot();
      this.#follow(header.movedTo);
    }
  }

  #endSnapshot(): void {
    const { transaction } = this.#reading;
    if (transaction === undefined) return;
    this.#reading.transaction = undefined;
    this.epoch++;
    transaction.done();
  }

  #begin(): void {
    this.checkOpen();
    this.#endSnapshot();
    for (;;) {
      if (performance.now() - this.#readersChecked > READER_CHECK_MS) this.checkReaders();
      this.#writing = new WriteTransaction(this.#file.root);
      const header = this.#file.header();
      if (header.movedTo === 0) {
        this.#see(header);
        return;
      }
      this.#endWriting('abort');
      this.#follow(header.movedTo);
    }
  }

  #child<T>(work: () => T): T {
    const before = { ...this.header };
    this.#save();
    this.#depth++;
    try {
      return this.#file.root.transactionSync(() => {
        const result = runNow(work);
        this.#save();
        return result;
      });
    } catch (error) {
      this.epoch++;
      this.contents.undo();
      this.header = { ...before, nextId: this.header.nextId };
      throw error;
    } finally {
      this.#depth--;
    }
  }

  /** Writes all that is in memory to the transaction. */
  #save(): void {
    this.contents.flush();
    this.#file.putHeader(this.header);
  }

  #commit(): void {
    try {
      this.header.clock++;
      this.#save();
    } catch (error) {
      this.#abort();
      throw databaseError(error, 'write', this.#file.path);
    }
    try {
      this.#endWriting('commit');
    } catch (error) {
      this.contents.undo();
      this.header.clock = -1;
      throw databaseError(error, 'write', this.#file.path);
    }
  }

  #abort(): void {
    this.contents.undo();
    this.header.clock = -1;
    this.#endWriting('abort');
  }

  #endWriting(how: 'commit' | 'abort'): void {
    const writing = this.#writing;
    this.#writing = undefined;
    this.epoch++;
    writing?.[how]();
  }

  /** Takes note of a header: when others have changed something, what is in memory no longer holds. */
  #see(header: Header): void {
    if (header.clock !== this.header.clock) {
      this.epoch++;
      this.contents.forget();
    }
    // A number that was given out here is not given again, also if its transaction was not committed.
    this.header = { ...header, nextId: Math.max(header.nextId, this.header.nextId) };
  }

  #follow(number: number): void {
    const { path } = this.#file;
    this.epoch++;
    this.#file.close();
    const file = DataFile.current(this.#directory, this.#reading);
    if (file === undefined || file.number < number) {
      this.#closed = true;
      throw new CorruptError(`${path} has moved to data-${number}.mdb, which is gone`, { path });
    }
    this.#file = file;
  }
}

/** @throws {TypeError} for what goes on later. */
function runNow<T>(work: () => T): T {
  const result = work();
  if (typeof (result as { then?: unknown } | undefined)?.then === 'function')
    throw new TypeError('what transaction() runs must not be async: it would let others wait');
  return result;
}
