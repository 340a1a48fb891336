import { type Batch, concatBytes, quote, TooLargeError } from '@spillway/core';

/** The most bytes that Linux writes by one call (write(2)). */
const MAX_WRITE_BYTES = 0x7fff_f000;

/** The most pieces that one gathering write takes (IOV_MAX). */
const MAX_PIECES = 1024;

/** Up to so many bytes, copying pieces together costs less than handing each of them over. */
const WORTH_JOINING = 256 * 1024;

/** All that a batch brings for one key. */
export class Group {
  readonly key: string;
  bytes = 0;
  readonly #pieces: Uint8Array[] = [];

  constructor(key: string) {
    this.key = key;
  }

  add(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.bytes += piece.length;
  }

  /** The pieces of each call it takes: a single one, so that no one else's bytes get between, up to 2 GiB. */
  calls(): readonly (readonly Uint8Array[])[] {
    if (this.#pieces.length === 1) return [this.#pieces];
    if (this.bytes <= WORTH_JOINING) return [[concatBytes(this.#pieces)]];
    return splitBySize(this.#pieces).map(joinNeighbours);
  }
}

/**
 * The groups of a batch, in the order of each key's first value.
 *
 * @throws {TooLargeError} for a value that no single call can write.
 */
export function groupByKey({ keys, values }: Batch<Uint8Array>): Group[] {
  const groups = new Map<string, Group>();
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string;
    const value = values[i] as Uint8Array;
    if (value.length > MAX_WRITE_BYTES) throw tooLarge(key, value.length);
    let group = groups.get(key);
    if (group === undefined) {
      group = new Group(key);
      groups.set(key, group);
    }
    group.add(value);
  }
  return [...groups.values()];
}

function splitBySize(pieces: readonly Uint8Array[]): Uint8Array[][] {
  const calls: Uint8Array[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const piece of pieces) {
    bytes += piece.length;
    if (bytes > MAX_WRITE_BYTES) {
      calls.push([]);
      bytes = piece.length;
    }
    calls.at(-1)?.push(piece);
  }
  return calls;
}

function joinNeighbours(pieces: readonly Uint8Array[]): readonly Uint8Array[] {
  if (pieces.length <= MAX_PIECES) return pieces;
  const step = Math.ceil(pieces.length / MAX_PIECES);
  return Array.from({ length: Math.ceil(pieces.length / step) }, (_, i) =>
    concatBytes(pieces.slice(i * step, (i + 1) * step)),
  );
}

function tooLarge(key: string, wanted: number): TooLargeError {
  return new TooLargeError(
    `the value appended to key ${quote(key)} has ${wanted} bytes; one append takes at most ${MAX_WRITE_BYTES}, append it in parts`,
    { key, wanted, free: MAX_WRITE_BYTES },
  );
}
