import {
  allocate,
  type Batch,
  concatBytes,
  copyPieces,
  quote,
  TooLargeError,
} from '@spillway/core';

/** The most bytes that Linux writes by one call (write(2)). */
const MAX_WRITE_BYTES = 0x7fff_f000;

/** The most pieces that one gathering write takes (IOV_MAX). */
const MAX_PIECES = 1024;

/** Up to so many bytes, copying pieces together costs less than handing each of them over. */
const WORTH_JOINING = 256 * 1024;

/** Where pieces are joined, again and again. */
let stage: Uint8Array | undefined;

/** What one write takes. */
export interface Call {
  readonly pieces: readonly Uint8Array[];
  readonly bytes: number;
}

/** All that a batch brings for one key. With a single piece, it is what one call takes. */
export class Group implements Call {
  readonly key: string;
  readonly pieces: Uint8Array[];
  bytes: number;

  constructor(key: string, first: Uint8Array) {
    this.key = key;
    this.pieces = [first];
    this.bytes = first.length;
  }

  add(piece: Uint8Array): void {
    this.pieces.push(piece);
    this.bytes += piece.length;
  }

  /**
   * The calls it takes: a single one, so that no one else's bytes get between, up to 2 GiB. It has to be made
   * before another group is asked for its calls.
   */
  calls(): readonly Call[] {
    const { bytes } = this;
    if (this.pieces.length === 1) return [this];
    return bytes <= WORTH_JOINING
      ? [{ pieces: [joinSmall(this.pieces, bytes)], bytes }]
      : callsOf(this.pieces);
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
    const group = groups.get(key);
    if (group === undefined) groups.set(key, new Group(key, value));
    else group.add(value);
  }
  return [...groups.values()];
}

function joinSmall(pieces: readonly Uint8Array[], bytes: number): Uint8Array {
  stage ??= allocate(WORTH_JOINING);
  copyPieces(pieces, stage);
  return stage.subarray(0, bytes);
}

function callsOf(pieces: readonly Uint8Array[]): Call[] {
  const calls: { pieces: Uint8Array[]; bytes: number }[] = [];
  let call = { pieces: [] as Uint8Array[], bytes: Number.POSITIVE_INFINITY };
  for (const piece of pieces) {
    if (call.bytes + piece.length > MAX_WRITE_BYTES) {
      call = { pieces: [], bytes: 0 };
      calls.push(call);
    }
    call.pieces.push(piece);
    call.bytes += piece.length;
  }
  return calls.map((one) => ({ pieces: joinNeighbours(one.pieces), bytes: one.bytes }));
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
