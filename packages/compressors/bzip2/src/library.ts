import { concatBytes } from '@spillway/core';
import { splitStreams } from './streams.js';

/** The functions of the C library, compiled to WebAssembly. Pointers and sizes are in bytes. */
export interface Functions {
  /** The library's memory, as it is now: it grows. */
  memory(): Uint8Array;
  malloc(bytes: number): number;
  free(pointer: number): void;
  BZ2_bzBuffToBuffCompress(
    target: number,
    targetLength: number,
    source: number,
    sourceLength: number,
    blockSize100k: number,
    verbosity: number,
    workFactor: number,
  ): number;
  BZ2_bzBuffToBuffDecompress(
    target: number,
    targetLength: number,
    source: number,
    sourceLength: number,
    small: number,
    verbosity: number,
  ): number;
}

/** Numbers that bzlib.h has names for. */
const OUTBUFF_FULL = -8;
const REASONS: ReadonlyMap<number, string> = new Map([
  [-3, 'there is no memory for it'],
  [-4, 'its checksum or its blocks are wrong'],
  [-5, 'it does not begin as a bzip2 stream'],
  [-7, 'it is cut off'],
]);

/** How many times its size a payload is expected to become; when it is more, it is decoded again. */
const EXPECTED_RATIO = 16;
const GROWTH = 4;

/** Memory that an instance may keep between two calls; WebAssembly's never shrinks. */
const KEPT_BYTES = 2 ** 26;

/** Compresses and decompresses on the thread it is called on. */
export class Library {
  readonly #instantiate: () => Functions;
  #functions: Functions | undefined;

  constructor(instantiate: () => Functions) {
    this.#instantiate = instantiate;
  }

  /** One stream. @param level 1 to 9. */
  compress(bytes: Uint8Array, level: number): Uint8Array {
    // The bound of the manual, section 3.5.1.
    const bound = Math.ceil(bytes.length * 1.01) + 600;
    return this.#call(bytes, bound, (library, ...places) => {
      return library.BZ2_bzBuffToBuffCompress(...places, level, 0, 0);
    }) as Uint8Array;
  }

  /**
   * The bytes of one stream, or of several one after the other; checksums verified.
   *
   * @param limit more bytes than this are an error, found before memory is taken for them.
   */
  decompress(payload: Uint8Array, limit: number): Uint8Array {
    const pieces: Uint8Array[] = [];
    let left = limit;
    for (const stream of splitStreams(payload)) {
      const piece = this.#decompressOne(stream, left);
      left -= piece.length;
      pieces.push(piece);
    }
    return concatBytes(pieces);
  }

  #decompressOne(stream: Uint8Array, limit: number): Uint8Array {
    for (let guess = EXPECTED_RATIO * stream.length; ; guess *= GROWTH) {
      const bytes = this.#call(stream, Math.min(guess, limit), (library, ...places) =>
        library.BZ2_bzBuffToBuffDecompress(...places, 0, 0),
      );
      if (bytes) return bytes;
      if (guess >= limit) throw new RangeError(`it holds more than ${limit} bytes`);
    }
  }

  /** What a function writes; undefined when `bound` bytes have no room for it. */
  #call(
    source: Uint8Array,
    bound: number,
    work: (library: Functions, target: number, length: number, from: number, of: number) => number,
  ): Uint8Array | undefined {
    this.#functions ??= this.#instantiate();
    const library = this.#functions;
    // Taken back at the end: an instance that trapped may be in any state.
    this.#functions = undefined;
    // The length, the source and the target.
    const place = library.malloc(4 + source.length + bound);
    if (place === 0) throw new RangeError(`WebAssembly has no memory for ${bound} bytes`);
    const [from, target] = [place + 4, place + 4 + source.length];
    const memory = library.memory();
    new DataView(memory.buffer).setUint32(place, bound, true);
    memory.set(source, from);
    const status = work(library, target, place, from, source.length);
    const after = library.memory();
    const length = new DataView(after.buffer).getUint32(place, true);
    const result = status === 0 ? after.slice(target, target + length) : undefined;
    library.free(place);
    if (after.length <= KEPT_BYTES) this.#functions = library;
    if (status !== 0 && status !== OUTBUFF_FULL)
      throw new RangeError(REASONS.get(status) ?? `bzip2 says ${status}`);
    return result;
  }
}
