import { type Awaitable, allocate } from '@spillway/core';
import { lz4 } from '#lz4';
import { type Filter, filterOf } from './filter.js';
import {
  canSplit,
  HEADER_BYTES,
  type Header,
  MAX_BYTES,
  type Shuffle,
  writeHeader,
} from './header.js';
import { withRoom } from './kernels.js';
import { isLong, turnFor } from './turns.js';

/** How chunks are made. */
export interface Parameters {
  /** 0 to 9. */
  readonly level: number;
  /** Bytes of an element, 1 to 255. */
  readonly typesize: number;
  readonly shuffle: Shuffle;
}

/** Bytes that a block's place and a stream's size take. */
const PLACE_BYTES = 4;
const SIZE_BYTES = 4;

/** Less is stored as it is: BLOSC_MIN_BUFFERSIZE. */
const MIN_BYTES = 128;

/** Bytes of a block before they are multiplied by the typesize, by level: those of the C library. */
const BLOCK_BYTES = [8, 16, 32, 64, 128, 128, 256, 256, 256, 256].map((kib) => kib * 1024);
const MIN_BLOCK_BYTES = 2 ** 16;
const MAX_BLOCK_BYTES = 2 ** 20;

/** One chunk. @param together how many values are compressed together. */
export function compress(
  bytes: Uint8Array,
  parameters: Parameters,
  together: number,
): Awaitable<Uint8Array> {
  if (bytes.length > MAX_BYTES)
    throw new RangeError(`${bytes.length} bytes are more than a Blosc chunk holds, ${MAX_BYTES}`);
  if (parameters.level === 0 || bytes.length < MIN_BYTES) return store(bytes, parameters);
  return new ChunkWriter(bytes, parameters).write(isLong(bytes.length, together));
}

class ChunkWriter {
  readonly #bytes: Uint8Array;
  readonly #header: Omit<Header, 'format'>;
  readonly #filter: Filter | undefined;
  /** Where the blocks begin in the content. */
  readonly #starts: readonly number[];
  readonly #chunk: Uint8Array;
  readonly #view: DataView;
  #at: number;

  constructor(bytes: Uint8Array, parameters: Parameters) {
    const { shuffle, typesize } = parameters;
    const blockBytes = blockSize(bytes.length, parameters);
    const whole = shuffle !== 'byte' || !canSplit(blockBytes, typesize);
    this.#bytes = bytes;
    this.#header = { shuffle, typesize, whole, stored: false, bytes: bytes.length, blockBytes };
    this.#filter = filterOf(parameters);
    const count = Math.ceil(bytes.length / blockBytes);
    this.#starts = Array.from({ length: count }, (_, i) => i * blockBytes);
    const overhead = PLACE_BYTES + SIZE_BYTES * (whole ? 1 : typesize);
    this.#chunk = allocate(HEADER_BYTES + bytes.length + overhead * count);
    this.#view = new DataView(this.#chunk.buffer);
    this.#at = HEADER_BYTES + PLACE_BYTES * count;
  }

  /** @param inTurns whether the event loop gets its turns meanwhile. */
  write(inTurns: boolean): Awaitable<Uint8Array> {
    const { blockBytes } = this.#header;
    const written = inOrder(this.#starts, (start, block) =>
      then(inTurns ? turnFor(blockBytes) : undefined, () => {
        this.#begin(block);
        const compress = (room?: Uint8Array) =>
          inOrder(this.#streams(start, room), (stream) => this.#compress(stream));
        return this.#filter ? withRoom(blockBytes, compress) : compress();
      }),
    );
    return then(written, () => this.#finish());
  }

  /** What is compressed by itself: a block, or the first bytes of its elements, their second ones, and so on. */
  #streams(start: number, scratch: Uint8Array | undefined): Uint8Array[] {
    const { blockBytes, typesize, whole } = this.#header;
    const source = this.#bytes.subarray(start, start + blockBytes);
    const block = scratch ? scratch.subarray(0, source.length) : source;
    if (scratch) this.#filter?.apply(source, block);
    if (whole || block.length < blockBytes) return [block];
    const bytes = blockBytes / typesize;
    return Array.from({ length: typesize }, (_, i) => block.subarray(i * bytes, (i + 1) * bytes));
  }

  #compress(stream: Uint8Array): Awaitable<void> {
    // One byte less: a stream as long as its content is stored content.
    const from = this.#at + SIZE_BYTES;
    const room = this.#chunk.subarray(from, from + stream.length - 1);
    return then(lz4.compress(stream, room), (length) => {
      if (length === 0) this.#put(stream);
      else this.#end(length);
    });
  }

  #begin(block: number): void {
    this.#view.setUint32(HEADER_BYTES + PLACE_BYTES * block, this.#at, true);
  }

  #put(stream: Uint8Array): void {
    this.#chunk.set(stream, this.#at + SIZE_BYTES);
    this.#end(stream.length);
  }

  #end(streamBytes: number): void {
    this.#view.setUint32(this.#at, streamBytes, true);
    this.#at += SIZE_BYTES + streamBytes;
  }

  #finish(): Uint8Array {
    if (this.#at >= HEADER_BYTES + this.#bytes.length) return store(this.#bytes, this.#header);
    const chunk = this.#chunk.subarray(0, this.#at);
    writeHeader(chunk, this.#header);
    return chunk;
  }
}

/** Work on one item after the other, at once as long as it can. */
function inOrder<T>(
  items: readonly T[],
  work: (item: T, index: number) => Awaitable<void>,
  from = 0,
): Awaitable<void> {
  for (let i = from; i < items.length; i++) {
    const working = work(items[i] as T, i);
    if (working instanceof Promise) return working.then(() => inOrder(items, work, i + 1));
  }
}

function then<T, R>(value: Awaitable<T>, work: (value: T) => Awaitable<R>): Awaitable<R> {
  return value instanceof Promise ? value.then(work) : work(value);
}

function store(
  bytes: Uint8Array,
  { shuffle, typesize }: Pick<Header, 'shuffle' | 'typesize'>,
): Uint8Array {
  const chunk = allocate(HEADER_BYTES + bytes.length);
  chunk.set(bytes, HEADER_BYTES);
  const blockBytes = Math.max(bytes.length, 1);
  const header = { shuffle, typesize, whole: true, stored: true };
  writeHeader(chunk, { ...header, bytes: bytes.length, blockBytes });
  return chunk;
}

function blockSize(bytes: number, { level, typesize }: Parameters): number {
  const wanted = (BLOCK_BYTES[level] as number) * typesize;
  const block = Math.min(Math.max(wanted, MIN_BLOCK_BYTES), MAX_BLOCK_BYTES, bytes);
  return block > typesize ? block - (block % typesize) : block;
}
