import { type Awaitable, allocate } from '@spillway/core';
import { inflateSync } from 'fflate';
import { lz4 } from '#lz4';
import { decodeBlosclz } from './blosclz.js';
import { type Filter, filterOf } from './filter.js';
import { canSplit, FORMATS, HEADER_BYTES, type Header, readHeader } from './header.js';
import { withRoom } from './kernels.js';
import { isLong, turnFor } from './turns.js';

/**
 * The content of a chunk.
 *
 * @param bytes as many as its header says, which are allowed.
 * @param together how many values are decompressed together.
 */
export function decompress(
  payload: Uint8Array,
  bytes: number,
  together: number,
): Awaitable<Uint8Array> {
  const reader = new ChunkReader(payload);
  return isLong(bytes, together) ? reader.readInTurns() : reader.read();
}

class ChunkReader {
  readonly #header: Header;
  readonly #payload: Uint8Array;
  readonly #view: DataView;
  readonly #decode: (stream: Uint8Array, target: Uint8Array) => boolean;
  readonly #filter: Filter | undefined;

  constructor(payload: Uint8Array) {
    this.#header = readHeader(payload);
    this.#payload = payload;
    this.#view = new DataView(payload.buffer, payload.byteOffset, payload.length);
    this.#decode = this.#header.stored ? () => false : decoderOf(this.#header.format);
    this.#filter = filterOf(this.#header);
  }

  read(): Uint8Array {
    const { stored, bytes, blockBytes } = this.#header;
    if (stored) return this.#payload.slice(HEADER_BYTES);
    const target = allocate(bytes);
    for (let at = 0; at < bytes; at += blockBytes) this.#readBlock(at, target);
    return target;
  }

  /** The same, with turns of the event loop in between. */
  async readInTurns(): Promise<Uint8Array> {
    const { stored, bytes, blockBytes } = this.#header;
    if (stored) return this.#payload.slice(HEADER_BYTES);
    const target = allocate(bytes);
    for (let at = 0; at < bytes; at += blockBytes) {
      await turnFor(blockBytes);
      this.#readBlock(at, target);
    }
    return target;
  }

  #readBlock(at: number, whole: Uint8Array): void {
    const target = whole.subarray(at, at + this.#header.blockBytes);
    const filter = this.#filter;
    if (!filter) {
      this.#readStreams(at, target);
      return;
    }
    withRoom(target.length, (shuffled) => {
      this.#readStreams(at, shuffled);
      filter.undo(shuffled, target);
    });
  }

  #readStreams(at: number, target: Uint8Array): void {
    const { blockBytes } = this.#header;
    let from = this.#size(HEADER_BYTES + 4 * (at / blockBytes), 0);
    const count = this.#streams(target.length);
    const bytes = target.length / count;
    if (!Number.isInteger(bytes)) throw new RangeError('its blocks are not of whole elements');
    for (let stream = 0; stream < count; stream++) {
      const length = this.#size(from, 4);
      from += 4;
      const part = target.subarray(stream * bytes, (stream + 1) * bytes);
      const source = this.#payload.subarray(from, from + length);
      if (length === bytes) part.set(source);
      else if (!this.#decode(source, part)) throw new RangeError(`its block at ${at} is broken`);
      from += length;
    }
  }

  /** A number in the payload, of as many bytes as follow at most, leaving out those of the number itself. */
  #size(at: number, own: number): number {
    if (at + 4 > this.#payload.length) throw new RangeError('its blocks are cut off');
    const size = this.#view.getUint32(at, true);
    const room = own === 0 ? this.#payload.length : this.#payload.length - at - own;
    if (size > room) throw new RangeError('a block is said to be where nothing is');
    return size;
  }

  /** One stream a block, or one for each byte of an element. */
  #streams(bytes: number): number {
    const { whole, typesize, blockBytes } = this.#header;
    const isSplit = !whole && bytes === blockBytes && canSplit(blockBytes, typesize);
    return isSplit ? typesize : 1;
  }
}

function decoderOf(format: number): (stream: Uint8Array, target: Uint8Array) => boolean {
  const name = FORMATS[format];
  if (name === 'lz4') return lz4.decompress;
  if (name === 'blosclz') return decodeBlosclz;
  if (name === 'zlib') return inflate;
  throw new RangeError(
    `its blocks are compressed with ${name ?? `format ${format}`}, which is not read here; lz4, blosclz and zlib are`,
  );
}

/** zlib's two bytes before the stream are left out, and its checksum, which the C library skips, too. */
function inflate(stream: Uint8Array, target: Uint8Array): boolean {
  return inflateSync(stream.subarray(2), { out: target }).length === target.length;
}
