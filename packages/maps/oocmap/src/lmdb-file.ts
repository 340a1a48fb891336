import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { CorruptError } from '@spillway/core';

/**
 * The layout of LMDB's files (https://github.com/kriszyp/lmdb-js, dependencies/lmdb/libraries/liblmdb/mdb.c,
 * data version 2, little-endian): pages with a header each, the first two of which say where the trees begin.
 */
const MAGIC = 0xbeefc0de;
const PAGE_HEADER = 24;
const NODE_HEADER = 8;
const META_BYTES = PAGE_HEADER + 144;
const BRANCH = 1;
const LEAF = 2;
/** What a node of a leaf is: a value on pages of its own, the root of another tree. */
const BIG_DATA = 1;
const TREE = 2;
const ROOT_IN_TREE = 40;
/** The root of a tree without pages. */
const NONE = 2n ** 64n - 1n;

/** How often a file is looked at anew that somebody writes meanwhile. */
const TRIES = 10;

/** What a file says of itself. */
interface Meta {
  readonly pageSize: number;
  readonly roots: readonly bigint[];
  readonly lastPage: number;
  readonly transaction: bigint;
}

/**
 * Looks at a file before lmdb does, which maps it into memory: a foreign one, or one that was cut short, would end
 * the process.
 *
 * @throws {CorruptError}
 */
export function checkLmdbFile(path: string): void {
  const file = new LmdbFile(path);
  try {
    file.check();
  } finally {
    file.close();
  }
}

class LmdbFile {
  readonly #path: string;
  readonly #fd: number;

  constructor(path: string) {
    this.#path = path;
    this.#fd = openSync(path, 'r');
  }

  check(): void {
    let meta = this.#meta();
    for (let tries = 1; ; tries++) {
      const { size } = fstatSync(this.#fd);
      if (size >= (meta.lastPage + 1) * meta.pageSize || this.#holdsTrees(meta, size)) return;
      const before = meta;
      meta = this.#meta();
      if (meta.transaction === before.transaction || tries === TRIES) {
        const whole = (meta.lastPage + 1) * meta.pageSize;
        throw this.#damaged(`was cut short: it has ${size} bytes of up to ${whole}`);
      }
    }
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** The later one of the two pages that transactions are noted in by turns. */
  #meta(): Meta {
    const first = this.#metaAt(0);
    const second = this.#metaAt(first.pageSize);
    return first.transaction > second.transaction ? first : second;
  }

  #metaAt(position: number): Meta {
    const bytes = Buffer.alloc(META_BYTES);
    const read = readSync(this.#fd, bytes, 0, META_BYTES, position);
    const magic = bytes.readUInt32LE(PAGE_HEADER);
    if (position === 0 && read >= PAGE_HEADER + 4 && magic !== MAGIC)
      throw this.#damaged('is no LMDB file');
    if (read < META_BYTES) throw this.#damaged(`was cut short: it has ${position + read} bytes`);
    const pageSize = bytes.readUInt32LE(PAGE_HEADER + 24);
    if (magic !== MAGIC || pageSize < 256 || pageSize > 65_536)
      throw this.#damaged('has no page that says where its trees are');
    return {
      pageSize,
      roots: [64, 112].map((at) => bytes.readBigUInt64LE(PAGE_HEADER + at)),
      lastPage: Number(bytes.readBigUInt64LE(PAGE_HEADER + 120)),
      transaction: bytes.readBigUInt64LE(PAGE_HEADER + 128),
    };
  }

  /**
   * Whether all pages in use are within `size` bytes. A file that is shorter than it says needn't lack one: the
   * last pages may be free ones that were never written.
   */
  #holdsTrees({ pageSize, roots, lastPage }: Meta, size: number): boolean {
    const pages = Math.floor(size / pageSize);
    const page = Buffer.alloc(pageSize);
    const next = roots.filter((root) => root !== NONE).map(Number);
    // So many pages there are: more are a circle, which only a damaged file has.
    for (let seen = 0; seen <= lastPage; seen++) {
      const number = next.pop();
      if (number === undefined) return true;
      if (number >= pages || readSync(this.#fd, page, 0, pageSize, number * pageSize) < pageSize)
        return false;
      try {
        const { trees, end } = below(page);
        if (end > pages) return false;
        next.push(...trees);
      } catch {
        // A place that is not within the page.
        return false;
      }
    }
    return false;
  }

  #damaged(what: string): CorruptError {
    return new CorruptError(`${this.#path} ${what}: put a copy of it in its place`, {
      path: this.#path,
    });
  }
}

/** The pages that a page says are roots or nodes of trees, and where the furthest value ends that it has elsewhere. */
function below(page: Buffer): { readonly trees: readonly number[]; readonly end: number } {
  const trees: number[] = [];
  let end = 0;
  const kind = page.readUInt16LE(18);
  const nodes = kind & (BRANCH | LEAF) ? page.readUInt16LE(20) >> 1 : 0;
  for (let i = 0; i < nodes; i++) {
    const node = PAGE_HEADER + page.readUInt16LE(PAGE_HEADER + 2 * i);
    if (kind & BRANCH) {
      trees.push(page.readUIntLE(node, 6));
      continue;
    }
    const flags = page.readUInt16LE(node + 4);
    const data = node + NODE_HEADER + page.readUInt16LE(node + 6);
    if (flags & BIG_DATA) {
      const pages = Number(page.readBigUInt64LE(data + 16));
      end = Math.max(end, Number(page.readBigUInt64LE(data)) + pages);
    } else if (flags & TREE) {
      const root = page.readBigUInt64LE(data + ROOT_IN_TREE);
      if (root !== NONE) trees.push(Number(root));
    }
  }
  return { trees, end };
}
