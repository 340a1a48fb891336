import type { RecordBatch } from 'apache-arrow';
import { type Flight, toRows } from './flights.js';

/** Rows and a checksum for each origin; the order of rows makes no difference. */
export class Tally {
  readonly rows = new Map<string, number>();
  readonly #sums = new Map<string, number>();

  /** @param partition the origin that all rows of the batch should have, if they should have one. */
  add(batch: RecordBatch, partition?: string): void {
    for (const flight of toRows(batch)) {
      const { origin } = flight;
      if (partition !== undefined && origin !== partition)
        throw new Error(`a flight from ${origin} is in the partition ${partition}`);
      this.rows.set(origin, (this.rows.get(origin) ?? 0) + 1);
      this.#sums.set(origin, ((this.#sums.get(origin) ?? 0) + hash(flight)) >>> 0);
    }
  }

  /** The origins on which two tallies differ. */
  differences(other: Tally): string[] {
    const origins = new Set([...this.rows.keys(), ...other.rows.keys()]);
    return [...origins].filter(
      (origin) =>
        this.rows.get(origin) !== other.rows.get(origin) ||
        this.#sums.get(origin) !== other.#sums.get(origin),
    );
  }
}

/** All five fields of a row in 32 bits. */
function hash({ date, delay, distance, origin, destination }: Flight): number {
  let mixed = Math.imul((date % 0x1_0000_0000) ^ Math.floor(date / 0x1_0000_0000), 0x9e3779b1);
  mixed = Math.imul(mixed ^ delay, 0x85ebca6b);
  mixed = Math.imul(mixed ^ distance, 0xc2b2ae35);
  for (const text of [origin, destination]) {
    for (let i = 0; i < text.length; i++) mixed = Math.imul(mixed ^ text.charCodeAt(i), 0x01000193);
  }
  return mixed >>> 0;
}
