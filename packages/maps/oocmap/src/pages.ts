import { Blocks, GONE, MOVED, SMALL_BYTES } from './blocks.js';
import { ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';
import { isOwn, ownId } from './container-id.js';
import type { Environment } from './environment.js';
import {
  type DictPage,
  dictPage,
  type ListPage,
  listPage,
  type Page,
  readPage,
  readShapeId,
  UNPLACED,
  writePage,
} from './page.js';
import type { Shapes } from './shapes.js';
import { Kind } from './stored.js';

/** Pages that are kept, at most; 8,192 of them are about 16 MB as they lie on the disk. */
const MOST_PAGES = 8192;
/** Decoded keys and members in them, at most; each takes some 50 bytes, and a page as much as eight. */
const MOST_DECODED = 2 ** 15;
const PAGE_ITSELF = 8;
/** What is left when there are too many. */
const LEFT = 7 / 8;
/** Changed pages that wait to be written. */
const MOST_DIRTY = 1024;

/**
 * The pages that were used last. Changes stay here until the transaction needs them written: a list that
 * is pushed to a thousand times is written a few times.
 */
export class Pages {
  readonly #environment: Environment;
  readonly #shapes: Shapes;
  readonly #blocks: Blocks;
  readonly #pages = new Map<number, Page>();
  readonly #dirty = new Set<Page>();
  readonly #reader = new ByteReader();
  readonly #writer = new ByteWriter();
  /** Keys, members and children that are decoded. */
  #decoded = 0;
  /** Whether what was read last has a record of its own. */
  #fromPages = false;

  constructor(environment: Environment, shapes: Shapes) {
    this.#environment = environment;
    this.#shapes = shapes;
    this.#blocks = new Blocks(environment);
  }

  /** The page of a number; undefined when it was deleted. */
  get(id: number): Page | undefined {
    const page = this.#pages.get(id);
    if (page === undefined) return this.#load(id);
    page.used = true;
    return page;
  }

  /** A list with a page of its own. */
  newList(): ListPage {
    const page = listPage(this.#ownId());
    this.#keep(page);
    this.change(page);
    return page;
  }

  /** A dictionary or a set, or a node of one, with a page of its own. */
  newDict(kind: DictPage['kind']): DictPage {
    const page = dictPage(kind);
    this.settle(page);
    return page;
  }

  /** Gives a container that is not stored a page of its own. */
  settle(page: DictPage): void {
    page.id = this.#ownId();
    this.#keep(page);
    this.change(page);
  }

  /** Stores a container that is not, whole. @returns its number. */
  add(page: Page): number {
    this.#writer.begin();
    writePage(this.#writer, page);
    return this.addWritten(this.#writer, 0);
  }

  /** Stores a page that is written already, from `start` on. @returns its number. */
  addWritten(from: ByteWriter, start: number): number {
    if (from.length - start <= SMALL_BYTES) return this.#blocks.add(from, start);
    const id = this.#ownId();
    this.#environment.file.pages.put(id, from.finish(start));
    return id;
  }

  /** Notes that a page was changed. To be called after each change, since pages can be written at any time. */
  change(page: Page): void {
    if (page.id === UNPLACED) return;
    if (!page.live) {
      // It had to make room while it was being changed.
      const other = this.#pages.get(page.id);
      if (other !== undefined) this.#drop(other);
      page.live = true;
      this.#pages.set(page.id, page);
    }
    this.#count(page);
    if (page.dirty) return;
    page.dirty = true;
    this.#dirty.add(page);
    if (this.#dirty.size > MOST_DIRTY) this.flush();
  }

  remove(page: Page): void {
    page.dirty = false;
    this.#dirty.delete(page);
    this.#drop(page);
    if (isOwn(page.id) || page.moved) this.#environment.file.pages.remove(page.id);
    if (!isOwn(page.id)) this.#blocks.set(page.id, GONE);
  }

  /** Writes all changed pages. */
  flush(): void {
    for (const page of this.#dirty) {
      page.dirty = false;
      this.#write(page);
    }
    this.#dirty.clear();
    this.#blocks.flush();
  }

  forget(): void {
    for (const page of this.#pages.values()) page.live = false;
    this.#pages.clear();
    this.#decoded = 0;
    this.#dirty.clear();
    this.#blocks.forget();
  }

  #ownId(): number {
    return ownId(this.#environment.header.nextId++);
  }

  #write(page: Page): void {
    this.#writer.begin();
    writePage(this.#writer, page);
    const bytes = this.#writer.finish();
    const own = isOwn(page.id);
    if (own || page.moved || bytes.length > SMALL_BYTES) {
      this.#environment.file.pages.put(page.id, bytes);
      if (!own && !page.moved) this.#blocks.set(page.id, MOVED);
      page.moved = !own;
    } else this.#blocks.set(page.id, Buffer.from(bytes));
  }

  #load(id: number): Page | undefined {
    const reader = this.#reader;
    if (!this.#seek(id)) return undefined;
    const shape = readShapeId(reader);
    // To read a shape ends what was read before it.
    if (shape !== undefined && this.#shapes.load(shape)) this.#seek(id);
    const moved = !isOwn(id) && this.#fromPages;
    const page = readPage(reader, id, this.#shapes);
    page.moved = moved;
    return this.#keep(page);
  }

  /** Goes to where a page begins. @returns whether there is one. */
  #seek(id: number): boolean {
    const reader = this.#reader;
    this.#fromPages = isOwn(id);
    if (!this.#fromPages) {
      if (!this.#blocks.seek(id, reader) || reader.at === reader.end) return false;
      if (reader.bytes[reader.at] !== MOVED[0]) return true;
      this.#fromPages = true;
    }
    const bytes = this.#environment.file.pages.get(id);
    if (bytes === undefined) return false;
    reader.begin(bytes);
    return true;
  }

  #keep<P extends Page>(page: P): P {
    if (this.#pages.size >= MOST_PAGES || this.#decoded >= MOST_DECODED) this.#evict();
    this.#pages.set(page.id, page);
    this.#count(page);
    return page;
  }

  #count(page: Page): void {
    const { values, children } = page;
    let now = PAGE_ITSELF + children.length + (Array.isArray(values) ? values.length : 0);
    if (page.kind !== Kind.List && page.shape === undefined) now += page.keys.length;
    this.#decoded += now - page.counted;
    page.counted = now;
  }

  #drop(page: Page): void {
    page.live = false;
    if (this.#pages.get(page.id) !== page) return;
    this.#pages.delete(page.id);
    this.#decoded -= page.counted;
    page.counted = 0;
  }

  /** Second chance: those not used since they were last looked at go. */
  #evict(): void {
    this.flush();
    for (const page of this.#pages.values()) {
      const isRoom = this.#pages.size <= MOST_PAGES * LEFT && this.#decoded <= MOST_DECODED * LEFT;
      if (isRoom) return;
      if (page.used) {
        this.#pages.delete(page.id);
        this.#pages.set(page.id, page);
      } else this.#drop(page);
      page.used = false;
    }
  }
}
