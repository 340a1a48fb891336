import { type Awaitable, allocate, inPool, isPooled, type PoolSizes } from '@spillway/core';
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

/** Up to this level, streams are stored whose sample doesn't get smaller by an eighth; above it, all are tried. */
const SAMPLED_LEVEL = 5;
const SAMPLED_BYTES = 2 ** 13;
const SAMPLE_SHARE = 1 / 16;

/** Measured, see docs/compressors.md. */
const POOLED: PoolSizes = { alone: 2 ** 21, together: 2 ** 18 };

/** One chunk. @param together how many values are compressed together. */
export function compress(
  bytes: Uint8Array,
  parameters: Parameters,
  together: number,
): Awaitable<Uint8Array> {
  if (bytes.length > MAX_BYTES)
    throw new RangeError(`${bytes.length} bytes are more than a Blosc chunk holds, ${MAX_BYTES}`);
  if (parameters.level === 0 || bytes.length < MIN_BYTES) return store(bytes, parameters);
  const writer = new ChunkWriter(bytes, parameters);
  const { compressInPool } = lz4;
  return compressInPool && isPooled(bytes.length, together, POOLED)
    ? writer.writeInPool(compressInPool)
    : writer.write();
}

class ChunkWriter {
  readonly #bytes: Uint8Array;
  readonly #header: Omit<Header, 'format'>;
  readonly #samples: boolean;
  readonly #filter: Filter | undefined;
  /** Where the blocks begin in the content. */
  readonly #starts: readonly number[];
  readonly #chunk: Uint8Array;
  readonly #view: DataView;
  #at: number;

  constructor(bytes: Uint8Array, parameters: Parameters) {
    const { level, shuffle, typesize } = parameters;
    const blockBytes = blockSize(bytes.length, parameters);
    const whole = shuffle !== 'byte' || !canSplit(blockBytes, typesize);
    this.#bytes = bytes;
    this.#header = { shuffle, typesize, whole, stored: false, bytes: bytes.length, blockBytes };
    // Only a stream of one kind of byte is the same all over.
    this.#samples = level <= SAMPLED_LEVEL && !whole;
    this.#filter = filterOf(parameters);
    const count = Math.ceil(bytes.length / blockBytes);
    this.#starts = Array.from({ length: count }, (_, i) => i * blockBytes);
    const overhead = PLACE_BYTES + SIZE_BYTES * (whole ? 1 : typesize);
    this.#chunk = allocate(HEADER_BYTES + bytes.length + overhead * count);
    this.#view = new DataView(this.#chunk.buffer);
    this.#at = HEADER_BYTES + PLACE_BYTES * count;
  }

  write(): Awaitable<Uint8Array> {
    const scratch = this.#filter && allocate(this.#header.blockBytes);
    const written = inTurn(this.#starts, (start, block) => {
      this.#begin(block);
      return inTurn(this.#streams(start, scratch), (stream) => this.#compress(stream));
    });
    return then(written, () => this.#finish());
  }

  /** Shuffles a block as its turn in the pool comes, so that few are in memory and the event loop goes on. */
  async writeInPool(
    compressInPool: (source: Uint8Array) => Promise<Uint8Array>,
  ): Promise<Uint8Array> {
    const compress = async (stream: Uint8Array) => {
      if (await this.#isHopeless(stream)) return stream;
      const compressed = await compressInPool(stream);
      return compressed.length < stream.length ? compressed : stream;
    };
    const blocks = await Promise.all(
      this.#starts.map((start) =>
        inPool(() => {
          const scratch = this.#filter && allocate(this.#header.blockBytes);
          return Promise.all(this.#streams(start, scratch).map(compress));
        }),
      ),
    );
    for (const [block, streams] of blocks.entries()) {
      this.#begin(block);
      for (const stream of streams) this.#put(stream);
    }
    return this.#finish();
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
    return then(this.#isHopeless(stream), (hopeless) =>
      then(hopeless ? 0 : lz4.compress(stream, room), (length) => {
        if (length === 0) this.#put(stream);
        else this.#end(length);
      }),
    );
  }

  #isHopeless(stream: Uint8Array): Awaitable<boolean> {
    if (!this.#samples || stream.length < SAMPLED_BYTES) return false;
    const bytes = Math.min(stream.length * SAMPLE_SHARE, SAMPLED_BYTES);
    const middle = stream.length >> 1;
    const room = sampleRoom.subarray(0, bytes * (7 / 8));
    return then(lz4.compress(stream.subarray(middle, middle + bytes), room), (n) => n === 0);
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

/** Where samples are compressed to; nobody reads it. */
const sampleRoom = new Uint8Array(SAMPLED_BYTES);

/** Work on one item after the other, at once as long as it can. */
function inTurn<T>(
  items: readonly T[],
  work: (item: T, index: number) => Awaitable<void>,
  from = 0,
): Awaitable<void> {
  for (let i = from; i < items.length; i++) {
    const working = work(items[i] as T, i);
    if (working instanceof Promise) return working.then(() => inTurn(items, work, i + 1));
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
