import { createHash } from 'node:crypto';
import { ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';
import type { Environment } from './environment.js';
import type { EncodedKey } from './key.js';
import { type DictPage, PAGE_BYTES, UNPLACED } from './page.js';
import type { Pages } from './pages.js';
import { Kind, type Stored } from './stored.js';
import { readStored, writeStored } from './stored-codec.js';
import { weigh } from './weigh.js';

/** What is given for a key that is not there: `undefined` can be a member. */
export const ABSENT = Symbol('absent');

/** Members in the order of their keys. */
export interface Members {
  readonly keys: readonly EncodedKey[];
  readonly values: readonly Stored[];
}

/** Bytes of a key that the table of members takes as it is. LMDB's limit is 1,978, of which 6 are the container's number. */
const LONGEST_KEY = 1900;

/**
 * The members of dictionaries and sets: in the container's page while they fit, then each in the table of members
 * under the container's number and the key, where one is found by one look-up however many there are.
 */
export class DictTable {
  readonly #environment: Environment;
  readonly #pages: Pages;
  readonly #reader = new ByteReader();
  readonly #writer = new ByteWriter();

  constructor(environment: Environment, pages: Pages) {
    this.#environment = environment;
    this.#pages = pages;
  }

  get(page: DictPage, key: EncodedKey): Stored | typeof ABSENT {
    if (page.large) {
      const bytes = this.#environment.file.members.get({ id: page.id, key: tableKey(key) });
      return bytes === undefined ? ABSENT : this.#read(bytes, key).value;
    }
    const at = search(page.keys, key);
    return page.keys[at] === key ? page.values[at] : ABSENT;
  }

  /** @returns what was there. */
  set(page: DictPage, key: EncodedKey, stored: Stored): Stored | typeof ABSENT {
    if (page.large) return this.#setLarge(page, key, stored);
    const at = search(page.keys, key);
    const more = weigh(stored);
    weightOf(page);
    let before: Stored | typeof ABSENT = ABSENT;
    if (page.keys[at] === key) {
      before = page.values[at];
      page.weight += more - weigh(before);
      if (page.kind !== Kind.Set) page.values[at] = stored;
    } else {
      if (page.shape !== undefined) page.keys = [...page.keys];
      page.shape = undefined;
      page.weight += more + key.length + 2;
      page.keys.splice(at, 0, key);
      if (page.kind !== Kind.Set) page.values.splice(at, 0, stored);
      page.size++;
    }
    if (page.weight > PAGE_BYTES) this.#enlarge(page);
    this.#pages.change(page);
    return before;
  }

  /** @returns what was there. */
  delete(page: DictPage, key: EncodedKey): Stored | typeof ABSENT {
    const before = this.get(page, key);
    if (before === ABSENT) return ABSENT;
    if (page.large) {
      this.#environment.file.members.remove({ id: page.id, key: tableKey(key) });
    } else {
      const at = search(page.keys, key);
      if (page.shape !== undefined) page.keys = [...page.keys];
      page.shape = undefined;
      page.keys.splice(at, 1);
      if (page.kind !== Kind.Set) page.values.splice(at, 1);
      page.weight = -1;
    }
    page.size--;
    this.#pages.change(page);
    return before;
  }

  /** The members after a key, or the first ones, so many at most. */
  after(page: DictPage, key: EncodedKey | undefined, limit: number): Members {
    if (!page.large) {
      const found = key === undefined ? 0 : search(page.keys, key);
      const from = key !== undefined && page.keys[found] === key ? found + 1 : found;
      return {
        keys: page.keys.slice(from, from + limit),
        values: page.values.slice(from, from + limit),
      };
    }
    const { id } = page;
    const start = { id, key: key === undefined ? '' : tableKey(key) };
    const after = key !== undefined;
    const entries = this.#environment.file.members.range(
      start,
      { id: id + 1, key: '' },
      { after, limit },
    );
    const keys: EncodedKey[] = [];
    const values: Stored[] = [];
    for (const entry of entries) {
      const { key, value } = this.#read(entry.value, entry.key);
      keys.push(key);
      values.push(value);
    }
    return { keys, values };
  }

  /** Takes the first members out, so many at most. */
  removeSome(page: DictPage, limit: number): Members {
    const members = this.after(page, undefined, limit);
    if (page.large)
      for (const key of members.keys)
        this.#environment.file.members.remove({ id: page.id, key: tableKey(key) });
    else {
      page.shape = undefined;
      page.keys = page.keys.slice(limit);
      page.values = page.values.slice(limit);
      page.weight = -1;
    }
    page.recent = undefined;
    page.size -= members.keys.length;
    this.#pages.change(page);
    return members;
  }

  #setLarge(page: DictPage, key: EncodedKey, stored: Stored): Stored | typeof ABSENT {
    if (this.#put(page, key, stored, false)) {
      page.size++;
      this.#pages.change(page);
      return ABSENT;
    }
    const before = this.get(page, key);
    this.#put(page, key, stored, true);
    return before;
  }

  /** @returns whether it was put: not when there is something and `replace` is false. */
  #put(page: DictPage, key: EncodedKey, stored: Stored, replace: boolean): boolean {
    this.#writer.begin();
    if (key.length > LONGEST_KEY) {
      this.#writer.varint(key.length);
      this.#writer.latin1(key);
    }
    writeStored(this.#writer, stored);
    const place = { id: page.id, key: tableKey(key) };
    const { members } = this.#environment.file;
    if (!replace) return members.add(place, this.#writer.finish());
    members.put(place, this.#writer.finish());
    return true;
  }

  #enlarge(page: DictPage): void {
    if (page.id === UNPLACED) this.#pages.settle(page);
    for (let i = 0; i < page.size; i++)
      this.#put(page, page.keys[i] as EncodedKey, page.values[i], true);
    Object.assign(page, { large: true, keys: [], values: [], shape: undefined, weight: 0 });
  }

  #read(bytes: Buffer, tableKey: EncodedKey): { key: EncodedKey; value: Stored } {
    const reader = this.#reader;
    reader.begin(bytes);
    const key = tableKey.length > LONGEST_KEY ? reader.latin1(reader.varint()) : tableKey;
    return { key, value: readStored(reader) };
  }
}

/** A key as LMDB takes it: a long one ends in the digest of all of it. Only such are longer than {@link LONGEST_KEY}. */
function tableKey(key: EncodedKey): EncodedKey {
  if (key.length <= LONGEST_KEY) return key;
  const digest = createHash('sha256').update(key, 'latin1').digest();
  return key.slice(0, LONGEST_KEY) + digest.toString('latin1');
}

/** Where a key is among sorted ones, or would be. */
function search(keys: readonly EncodedKey[], key: EncodedKey): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] as EncodedKey) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

function weightOf(page: DictPage): number {
  if (page.weight < 0) {
    page.weight = 0;
    for (const key of page.keys) page.weight += key.length + 2;
    for (const value of page.values) page.weight += weigh(value);
  }
  return page.weight;
}
