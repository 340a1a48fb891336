import { concatBytes } from '@spillway/core';
import type { Columns } from './columns.js';
import { MORE, PART_BYTES, SPLIT } from './protocol.js';

/** What one message carries of larger columns. */
export interface Part extends Columns {
  /** {@link MORE} on all but the last part, {@link SPLIT} where the last value goes on in the next part. */
  readonly flags: number;
}

/** What an entry takes in a message beside its key and value. */
const ENTRY_BYTES = 6;

/**
 * Cuts columns into parts of at most {@link PART_BYTES} (counting keys by their UTF-16 length). What fits
 * into one part is passed on as it is.
 */
export function* cut({ keys, values }: Columns): Generator<Part, void, void> {
  const count = keys?.length ?? values?.length ?? 0;
  let begin = 0;
  /** How much of the value at `begin` earlier parts carried. */
  let offset = 0;
  let room = PART_BYTES;
  const part = (end: number, lastBytes: number | undefined, flags: number): Part => {
    if (begin === 0 && end === count && offset === 0 && lastBytes === undefined)
      return { keys, values, flags };
    const partValues = values?.slice(begin, end);
    const first = partValues?.[0];
    if (partValues && first) {
      partValues[0] = first.subarray(
        offset,
        lastBytes === undefined ? undefined : offset + lastBytes,
      );
    }
    return { keys: keys?.slice(begin, end), values: partValues, flags };
  };
  for (let i = 0; i < count; i++) {
    const overhead = ENTRY_BYTES + (keys?.[i]?.length ?? 0);
    let left = values?.[i]?.length ?? 0;
    if (overhead + left > room && i > begin) {
      yield part(i, undefined, MORE);
      begin = i;
      offset = 0;
      room = PART_BYTES;
    }
    while (overhead + left > room) {
      const bytes = room - overhead;
      yield part(i + 1, bytes, MORE | SPLIT);
      offset += bytes;
      left -= bytes;
      room = PART_BYTES;
    }
    room -= overhead + left;
  }
  yield part(count, undefined, 0);
}

/** Puts the values of parts together again. */
export class PartJoiner {
  /** Of each value its pieces. */
  readonly #values: Uint8Array[][] = [];
  #continued = false;

  add(values: readonly Uint8Array[], flags: number): void {
    values.forEach((value, i) => {
      if (i === 0 && this.#continued) this.#values.at(-1)?.push(value);
      else this.#values.push([value]);
    });
    if (values.length > 0) this.#continued = (flags & SPLIT) !== 0;
  }

  /** How many values have begun. */
  get count(): number {
    return this.#values.length;
  }

  values(): Uint8Array[] {
    return this.#values.map(concatBytes);
  }
}
