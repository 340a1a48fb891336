import { type FSWatcher, watch } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { META_SUFFIX, statOf, walk } from './entry-files.js';

/** What has become of an entry. */
export interface NameChange {
  readonly type: 'added' | 'changed' | 'deleted';
  readonly name: string;
  /** Whether its data came, went or were replaced. */
  readonly data: boolean;
  /** Whether its metadata came, went or were replaced. */
  readonly meta: boolean;
}

/** So long further changes are waited for after one, in ms. */
const SETTLING = 10;

/** So often is looked without having been told: other hosts' changes of a shared file system nobody tells, in ms. */
const INTERVAL = 2000;

/** The versions of an entry's files, by which they are told from those that replace them; `''` for none. */
interface Versions {
  data: string;
  meta: string;
}

/**
 * Compares what is there with what was there, whenever the system tells of a change. However many changes nobody has
 * asked for yet, only the state is kept: several changes of an entry become one.
 */
export class Watcher<T> implements AsyncIterableIterator<T, undefined> {
  readonly #root: string;
  readonly #prefix: string;
  readonly #settle: () => Promise<void>;
  readonly #tell: (change: NameChange) => T;
  readonly #ended: () => void;
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #interval: NodeJS.Timeout;
  readonly #found: NameChange[] = [];
  #known: Map<string, Versions>;
  #isChanged = false;
  #isOver = false;
  #wake = () => {};
  #last: Promise<unknown> = Promise.resolve();

  /**
   * @param settle waits until no change is half-done.
   * @param tell makes of a change what the iteration gives.
   * @param ended is called when nobody watches any more.
   */
  constructor(
    root: string,
    prefix: string,
    settle: () => Promise<void>,
    tell: (change: NameChange) => T,
    ended: () => void,
  ) {
    this.#root = root;
    this.#prefix = prefix;
    this.#settle = settle;
    this.#tell = tell;
    this.#ended = ended;
    this.#known = this.#look();
    this.#interval = setInterval(() => this.#notice(), INTERVAL);
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const result = this.#last.then(() => this.#next());
    this.#last = result.catch(() => this.end());
    return result;
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    this.end();
    return { done: true, value: undefined };
  }

  /** Ends the iteration, also for who waits for the next change. */
  end(): void {
    this.#isOver = true;
    this.#ended();
    clearInterval(this.#interval);
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
    this.#wake();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #next(): Promise<IteratorResult<T, undefined>> {
    for (;;) {
      if (this.#isOver) return { done: true, value: undefined };
      const change = this.#found.shift();
      if (change) return { done: false, value: this.#tell(change) };
      if (!this.#isChanged) await new Promise<void>((resolve) => (this.#wake = resolve));
      await sleep(SETTLING);
      if (!this.#isOver) await this.#compare();
    }
  }

  #notice(): void {
    this.#isChanged = true;
    this.#wake();
  }

  async #compare(): Promise<void> {
    await this.#settle();
    if (this.#isOver) return;
    this.#isChanged = false;
    const before = this.#known;
    this.#known = this.#look();
    const none: Versions = { data: '', meta: '' };
    for (const name of new Set([...before.keys(), ...this.#known.keys()])) {
      const [old, now] = [before.get(name), this.#known.get(name)];
      const data = (old ?? none).data !== (now ?? none).data;
      const meta = (old ?? none).meta !== (now ?? none).meta;
      const type = old === undefined ? 'added' : now === undefined ? 'deleted' : 'changed';
      if (data || meta) this.#found.push({ type, name, data, meta });
    }
  }

  #look(): Map<string, Versions> {
    const known = new Map<string, Versions>();
    const folders = new Set<string>();
    for (const { name, suffix, path } of walk(this.#root, this.#prefix, (folder) => {
      folders.add(folder);
      this.#watch(folder);
    })) {
      const stat = statOf(this.#root, path);
      if (stat === undefined) continue;
      const versions = known.get(name) ?? { data: '', meta: '' };
      known.set(name, versions);
      versions[suffix === META_SUFFIX ? 'meta' : 'data'] +=
        `${suffix},${stat.ino},${stat.size},${stat.mtimeMs};`;
    }
    for (const [folder, watcher] of this.#watchers) {
      if (folders.has(folder)) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    return known;
  }

  /** Before a folder is listed, so that nothing happens in between. */
  #watch(folder: string): void {
    if (this.#watchers.has(folder)) return;
    const gone = () => {
      this.#watchers.delete(folder);
      this.#notice();
    };
    try {
      const watcher = watch(folder, () => this.#notice());
      this.#watchers.set(folder, watcher.on('error', gone));
    } catch {
      // The system's limit is reached, or the folder is gone: the interval is left.
    }
  }
}
