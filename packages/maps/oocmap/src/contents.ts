import { realpathSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { makeDirectory, storageError } from '@spillway/core/node';
import type { Access } from './access.js';
import { Environment } from './environment.js';
import { Heap } from './heap.js';
import { LazyDict } from './lazy-dict.js';
import { LazyList } from './lazy-list.js';
import { LazySet } from './lazy-set.js';
import { Kind, Reference, type Stored } from './stored.js';
import { Writer } from './writer.js';

/** The open maps of this thread by their directories: handles of one map share its transactions. */
const open = new Map<string, Contents>();

/** What all handles of one map have in common. */
export class Contents implements Access {
  readonly path: string;
  readonly environment: Environment;
  readonly heap: Heap;
  readonly #writer: Writer;
  #handles = 0;

  private constructor(path: string) {
    this.path = path;
    this.environment = new Environment(path);
    this.heap = new Heap(this.environment);
    this.#writer = new Writer(this.heap);
  }

  /** The contents of a directory, which is made if it isn't there. @throws {StorageError} @throws {CorruptError} */
  static open(directory: string): Contents {
    const path = realPath(makeDirectory(directory));
    let contents = open.get(path);
    if (contents === undefined) {
      contents = new Contents(path);
      if (!isMainThread && open.size === 0) process.on('exit', abandonAll);
      open.set(path, contents);
    }
    contents.#handles++;
    return contents;
  }

  value(stored: Stored): unknown {
    if (!(stored instanceof Reference)) return this.heap.scalar(stored);
    const { kind, id } = stored;
    if (kind === Kind.List) return new LazyList(this, id);
    return kind === Kind.Set ? new LazySet(this, id) : new LazyDict(this, kind, id);
  }

  store(value: unknown): Stored {
    return this.#writer.store(value);
  }

  /** Gives a handle back. The last one closes the files. @throws {StorageError} for changes that can't be written. */
  release(): void {
    if (--this.#handles > 0) {
      this.environment.group.commit();
      return;
    }
    open.delete(this.path);
    if (open.size === 0) process.off('exit', abandonAll);
    this.environment.close();
  }
}

/** For a thread that ends by an error or `process.exit()`, and not by closing its maps. */
function abandonAll(): void {
  for (const { environment } of open.values()) environment.abandon();
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    throw storageError(error, 'open', path);
  }
}
