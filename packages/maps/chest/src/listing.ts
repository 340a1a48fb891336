import { type ChestKey, keyOfName } from './key.js';
import { ABSENT, type Memory } from './memory.js';
import type { Reader } from './reader.js';
import type { Shelf } from './shelf.js';

/** Goes through all that a chest has: what is on the shelf, and what was changed in memory. */
export class Listing<K extends ChestKey, V> {
  readonly #memory: Memory<V>;
  readonly #shelf: Shelf;
  readonly #reader: Reader<V>;
  readonly #checkOpen: () => void;

  /** @param checkOpen throws once the chest is closed. */
  constructor(memory: Memory<V>, shelf: Shelf, reader: Reader<V>, checkOpen: () => void) {
    this.#memory = memory;
    this.#shelf = shelf;
    this.#reader = reader;
    this.#checkOpen = checkOpen;
  }

  /** The keys, each present one once. */
  async *keys(): AsyncGenerator<K, void, void> {
    this.#checkOpen();
    const changed = this.#changed();
    for (const [name, present] of changed) {
      const key = present ? keyOfName(name) : undefined;
      if (key !== undefined) yield key[0] as K;
    }
    for await (const name of this.#shelf.names()) {
      this.#checkOpen();
      const key = changed.has(name) ? undefined : keyOfName(name);
      if (key !== undefined) yield key[0] as K;
    }
  }

  /** Each key with its value; what is read for this doesn't get into memory. */
  async *entries(): AsyncGenerator<[key: K, value: V], void, void> {
    this.#checkOpen();
    await this.#reader.refresh();
    const changed = this.#changed();
    for (const [name, present] of changed) {
      const key = present ? keyOfName(name) : undefined;
      if (key === undefined) continue;
      const [value] = await this.#reader.read([name]);
      if (value !== ABSENT) yield [key[0] as K, value as V];
      this.#checkOpen();
    }
    for await (const [name, bytes] of this.#shelf.entries()) {
      this.#checkOpen();
      const key = changed.has(name) ? undefined : keyOfName(name);
      if (key === undefined) continue;
      const entry = this.#reader.find(name);
      if (entry?.value === ABSENT) continue;
      const value = entry === undefined ? this.#reader.decode(name, bytes) : entry.value;
      yield [key[0] as K, value as V];
    }
  }

  /** What the shelf doesn't have yet at this moment, and whether it will be there. */
  #changed(): ReadonlyMap<string, boolean> {
    const names = new Map<string, boolean>();
    for (const { name, value, changed } of this.#memory) {
      if (changed) names.set(name, value !== ABSENT);
    }
    return names;
  }
}
