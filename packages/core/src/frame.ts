import { CorruptError } from './errors.js';
import { quote } from './key.js';

/** Bytes before each payload: its length, little-endian, as Python's `partd.utils.frame` writes it. */
export const FRAME_HEADER_BYTES = 8;

const EMPTY = new Uint8Array(0);

/** A payload with its length before it. */
export function frame(payload: Uint8Array): Uint8Array {
  const framed = new Uint8Array(FRAME_HEADER_BYTES + payload.length);
  writeLength(framed, payload.length);
  framed.set(payload, FRAME_HEADER_BYTES);
  return framed;
}

/** Bytes, or pieces that follow each other. */
export type Payload = Uint8Array | readonly Uint8Array[];

/** Bytes that are made where they are to be, so that nothing is copied twice. */
export interface Copyable {
  /** How many bytes there are. */
  readonly length: number;
  /** Writes them to `target` from `at` on. */
  copyTo(target: Uint8Array, at: number): void;
}

/** Bytes that a payload takes with its header. */
export function framedBytes(payload: Payload | Copyable): number {
  if (!Array.isArray(payload)) return FRAME_HEADER_BYTES + payload.length;
  let bytes = FRAME_HEADER_BYTES;
  for (const piece of payload as readonly Uint8Array[]) bytes += piece.length;
  return bytes;
}

/** Writes a payload with its header to `memory` from `start` on; gives what it wrote. */
export function packFrame(
  payload: Payload | Copyable,
  memory: Uint8Array,
  start: number,
): Uint8Array {
  const at = start + FRAME_HEADER_BYTES;
  let end = at;
  if ('copyTo' in payload) {
    payload.copyTo(memory, at);
    end += payload.length;
  } else {
    end = copyPieces(payload instanceof Uint8Array ? [payload] : payload, memory, at);
  }
  const framed = start === 0 && end === memory.length ? memory : memory.subarray(start, end);
  writeLength(framed, framed.length - FRAME_HEADER_BYTES);
  return framed;
}

/**
 * The payloads of a value made of frames, as views.
 *
 * @throws {CorruptError} with the key and the frame's index when a length or a payload is cut off.
 */
export function splitFrames(bytes: Uint8Array, key: string): Uint8Array[] {
  const splitter = new FrameSplitter(key);
  const payloads = [...splitter.push(bytes)];
  splitter.end();
  return payloads;
}

/** Cuts a value that arrives in pieces into its frames; holds back at most one unfinished frame. */
export class FrameSplitter {
  readonly #key: string;
  #pieces: Uint8Array[] = [];
  #pending = 0;
  /** Bytes that must be there before anything more can be said. */
  #needed = FRAME_HEADER_BYTES;
  #index = 0;

  constructor(key: string) {
    this.#key = key;
  }

  /** Takes the next piece and gives the payloads it completes, as views. */
  *push(piece: Uint8Array): Generator<Uint8Array> {
    this.#pieces.push(piece);
    this.#pending += piece.length;
    if (this.#pending < this.#needed) return;
    const bytes = concatBytes(this.#pieces);
    let at = 0;
    for (;;) {
      this.#needed = FRAME_HEADER_BYTES;
      if (bytes.length - at < this.#needed) break;
      const length = this.#length(bytes, at);
      this.#needed += length;
      if (bytes.length - at < this.#needed) break;
      yield bytes.subarray(at + FRAME_HEADER_BYTES, at + this.#needed);
      at += this.#needed;
      this.#index++;
    }
    this.#pending = bytes.length - at;
    this.#pieces = this.#pending > 0 ? [bytes.subarray(at)] : [];
  }

  /** Says that no more pieces follow. @throws {CorruptError} when a frame is unfinished. */
  end(): void {
    if (this.#pending > 0)
      this.#fail(`is torn: ${this.#pending} of ${this.#needed} bytes are there`);
  }

  #length(bytes: Uint8Array, at: number): number {
    // A frame is decoded in one piece, and no engine has pieces of more than 4 GiB.
    const high = readUint32(bytes, at + 4);
    if (high > 0) this.#fail('has a length that no frame can have');
    return readUint32(bytes, at);
  }

  #fail(what: string): never {
    throw new CorruptError(
      `frame ${this.#index} of key ${quote(this.#key)} ${what}; was the key written through the same layers?`,
      { key: this.#key, frame: this.#index },
    );
  }
}

/** One array of bytes from many; the array itself, not a copy, when it is the only one. */
export function concatBytes(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 0) return EMPTY;
  if (pieces.length === 1) return pieces[0] as Uint8Array;
  let length = 0;
  for (const piece of pieces) length += piece.length;
  const joined = allocate(length);
  copyPieces(pieces, joined);
  return joined;
}

/** Copies pieces to `target`, one behind the other from `at` on. @returns where they end. */
export function copyPieces(pieces: Iterable<Uint8Array>, target: Uint8Array, at = 0): number {
  let end = at;
  for (const piece of pieces) {
    target.set(piece, end);
    end += piece.length;
  }
  return end;
}

/** Memory of its own, not zeroed where the platform allows it: the caller fills all of it. */
export const allocate: (bytes: number) => Uint8Array =
  typeof globalThis.Buffer === 'function'
    ? (bytes) => new Uint8Array(globalThis.Buffer.allocUnsafeSlow(bytes).buffer)
    : (bytes) => new Uint8Array(bytes);

/** Writes a frame's header at the start of `target`. */
function writeLength(target: Uint8Array, length: number): void {
  const low = length >>> 0;
  const high = (length - low) / 0x1_0000_0000;
  target[0] = low;
  target[1] = low >>> 8;
  target[2] = low >>> 16;
  target[3] = low >>> 24;
  target[4] = high;
  target[5] = high >>> 8;
  target[6] = high >>> 16;
  target[7] = 0;
}

function readUint32(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24)) >>>
    0
  );
}
