import { doubled } from './doubled.js';
import { Fingerprints } from './fingerprints.js';
import type { Bytes, KeyValues } from './key-values.js';

/**
 * Numbers distinct values from 0 on in the order in which they first come, over any number of batches: a hash
 * table of two words a value, with open addressing.
 */
export class Numbering {
  /** For each place of the table, the number of the value there plus one, or 0. */
  #table: Int32Array = new Int32Array(1024);
  /** Two words for each number. */
  #keys: Int32Array = new Int32Array(1024);
  /** The bytes of values that their words don't tell, by their number. */
  readonly #long = new Map<number, Uint8Array>();
  readonly #prints = new Fingerprints();
  #null = -1;
  /** How many distinct values there were. */
  count = 0;

  /**
   * Writes the number of each value to `numbers`; all nulls have one of their own.
   *
   * @param onNew is called with the row of each value that wasn't there before; its number is the one before
   *   {@link count}.
   */
  number(values: KeyValues, numbers: Int32Array, onNew: (row: number) => void): void {
    const { length, valid } = values;
    if (values.shape === 'words') this.#prints.loadWords(values.words);
    else this.#prints.loadBytes(values, length);
    for (let row = 0; row < length; row++) {
      if (!this.#prints.anyLong) row = this.#numberKnown(row, length, valid, numbers);
      if (row === length) return;
      const { count } = this;
      const isNull = valid !== undefined && valid[row] === 0;
      numbers[row] = isNull ? this.#numberNull() : this.#numberOne(values, row);
      if (this.count > count) onNew(row);
    }
  }

  /** Numbers rows from one on up to the first that is null or has a new value, and returns that. No value is long. */
  #numberKnown(
    from: number,
    to: number,
    valid: Uint8Array | undefined,
    numbers: Int32Array,
  ): number {
    const table = this.#table;
    const keys = this.#keys;
    const { words } = this.#prints;
    const mask = table.length - 1;
    for (let row = from; row < to; row++) {
      if (valid !== undefined && valid[row] === 0) return row;
      const low = words[2 * row] as number;
      const high = words[2 * row + 1] as number;
      let place = mix(low, high) & mask;
      let found = (table[place] as number) - 1;
      while (found >= 0 && (keys[2 * found] !== low || keys[2 * found + 1] !== high)) {
        place = (place + 1) & mask;
        found = (table[place] as number) - 1;
      }
      if (found < 0) return row;
      numbers[row] = found;
    }
    return to;
  }

  #numberOne(values: KeyValues, row: number): number {
    const { words } = this.#prints;
    const low = words[2 * row] as number;
    const high = words[2 * row + 1] as number;
    const long = values.shape === 'bytes' && this.#prints.isLong(row) ? values : undefined;
    const mask = this.#table.length - 1;
    let place = mix(low, high) & mask;
    for (;;) {
      const found = (this.#table[place] as number) - 1;
      if (found < 0) break;
      if (
        this.#keys[2 * found] === low &&
        this.#keys[2 * found + 1] === high &&
        (long === undefined || this.#equal(found, long, row))
      ) {
        return found;
      }
      place = (place + 1) & mask;
    }
    const added = this.#add(low, high);
    this.#table[place] = added + 1;
    if (long !== undefined) this.#keep(added, long, row);
    if (2 * this.count > this.#table.length) this.#grow();
    return added;
  }

  #numberNull(): number {
    if (this.#null < 0) this.#null = this.#add(0, 0);
    return this.#null;
  }

  #add(low: number, high: number): number {
    const number = this.count++;
    if (this.#keys.length < 2 * this.count) this.#keys = doubled(this.#keys);
    this.#keys[2 * number] = low;
    this.#keys[2 * number + 1] = high;
    return number;
  }

  #grow(): void {
    const mask = 2 * this.#table.length - 1;
    this.#table = new Int32Array(mask + 1);
    for (let number = 0; number < this.count; number++) {
      if (number === this.#null) continue;
      let place =
        mix(this.#keys[2 * number] as number, this.#keys[2 * number + 1] as number) & mask;
      while (this.#table[place] !== 0) place = (place + 1) & mask;
      this.#table[place] = number + 1;
    }
  }

  #equal(number: number, { source, offsets }: Bytes, row: number): boolean {
    const kept = this.#long.get(number) as Uint8Array;
    const from = offsets[row] as number;
    if (kept.length !== (offsets[row + 1] as number) - from) return false;
    for (let i = 0; i < kept.length; i++) if (kept[i] !== source[from + i]) return false;
    return true;
  }

  #keep(number: number, { source, offsets }: Bytes, row: number): void {
    this.#long.set(number, source.slice(offsets[row], offsets[row + 1]));
  }
}

function mix(low: number, high: number): number {
  const mixed = Math.imul(low ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1);
  return Math.imul(mixed ^ (mixed >>> 15), 0x85ebca77) >>> 8;
}
