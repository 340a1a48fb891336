import type { Flight } from './flights.js';

/** Rows and a checksum for each origin; the order of rows makes no difference. */
export class Tally {
  readonly rows = new Map<string, number>();
  readonly #sums = new Map<string, number>();

  add(origin: string, flights: Iterable<Flight>): void {
    let rows = this.rows.get(origin) ?? 0;
    let sum = this.#sums.get(origin) ?? 0;
    for (const flight of flights) {
      rows++;
      sum = (sum + hash(flight)) >>> 0;
    }
    this.rows.set(origin, rows);
    this.#sums.set(origin, sum);
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
