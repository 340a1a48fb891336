import { type Awaitable, allocate, inPool, isPooled, type PoolSizes } from '@spillway/core';
import { lz4 } from '#lz4';
import { type Filter, filterOf } from './filter.js';
import { HEADER_BYTES, MAX_BYTES, type Shuffle, writeHeader } from './header.js';

/** How chunks are made. */
export interface Parameters {
  /** 0 to 9. */
  readonly level: number;
  /** Bytes of an element, 1 to 255. */
  readonly typesize: number;
  readonly shuffle: Shuffle;
}

/** Bytes that a block's place and its stream's size take. */
const BLOCK_OVERHEAD = 8;

/** Less is stored as it is: BLOSC_MIN_BUFFERSIZE. */
const MIN_BYTES = 128;

/** Bytes of a block before they are multiplied by the typesize, by level: those of the C library. */
const BLOCK_BYTES = [8, 16, 32, 64, 128, 128, 256, 256, 256, 256].map((kib) => kib * 1024);
const MIN_BLOCK_BYTES = 2 ** 16;
const MAX_BLOCK_BYTES = 2 ** 20;

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
  const blockBytes = blockSize(bytes.length, parameters);
  const count = Math.ceil(bytes.length / blockBytes);
  const writer = new ChunkWriter(bytes, parameters, blockBytes, count);
  if (lz4.compressInPool && count > 1 && isPooled(bytes.length, together, POOLED))
    return writer.writeInPool(lz4.compressInPool);
  return writer.write();
}

class ChunkWriter {
  readonly #bytes: Uint8Array;
  readonly #parameters: Parameters;
  readonly #blockBytes: number;
  readonly #filter: Filter | undefined;
  readonly #chunk: Uint8Array;
  readonly #view: DataView;
  readonly #count: number;
  #at: number;

  constructor(bytes: Uint8Array, parameters: Parameters, blockBytes: number, count: number) {
    this.#bytes = bytes;
    this.#parameters = parameters;
    this.#blockBytes = blockBytes;
    this.#count = count;
    this.#filter = filterOf(parameters);
    this.#chunk = allocate(HEADER_BYTES + bytes.length + BLOCK_OVERHEAD * count);
    this.#view = new DataView(this.#chunk.buffer);
    this.#at = HEADER_BYTES + 4 * count;
  }

  write(): Awaitable<Uint8Array> {
    const scratch = this.#filter && allocate(this.#blockBytes);
    const from = (block: number): Awaitable<Uint8Array> => {
      for (; block < this.#count; block++) {
        const shuffled = this.#shuffled(block, scratch);
        this.#begin(block);
        // One byte less: a stream as long as its block is one that is stored.
        const room = this.#chunk.subarray(this.#at + 4, this.#at + 3 + shuffled.length);
        const written = lz4.compress(shuffled, room);
        if (written instanceof Promise) {
          return written.then((length) => {
            this.#end(shuffled, length);
            return from(block + 1);
          });
        }
        this.#end(shuffled, written);
      }
      return this.#finish();
    };
    return from(0);
  }

  /** Shuffles a block as its turn in the pool comes, so that few are in memory and the event loop goes on. */
  async writeInPool(compress: (source: Uint8Array) => Promise<Uint8Array>): Promise<Uint8Array> {
    const streams = await Promise.all(
      Array.from({ length: this.#count }, (_, block) =>
        inPool(async () => {
          const length = this.#block(block).length;
          const shuffled = this.#shuffled(block, this.#filter && allocate(length));
          const stream = await compress(shuffled);
          return stream.length < length ? stream : shuffled;
        }),
      ),
    );
    for (const [block, stream] of streams.entries()) {
      this.#begin(block);
      this.#chunk.set(stream, this.#at + 4);
      this.#end(stream, stream.length);
    }
    return this.#finish();
  }

  #block(block: number): Uint8Array {
    return this.#bytes.subarray(block * this.#blockBytes, (block + 1) * this.#blockBytes);
  }

  #shuffled(block: number, scratch: Uint8Array | undefined): Uint8Array {
    const source = this.#block(block);
    if (!(this.#filter && scratch)) return source;
    const target = scratch.subarray(0, source.length);
    this.#filter.apply(source, target);
    return target;
  }

  #begin(block: number): void {
    this.#view.setUint32(HEADER_BYTES + 4 * block, this.#at, true);
  }

  /** Ends a block whose stream was written, or doesn't get smaller and is put as it is. */
  #end(block: Uint8Array, length: number): void {
    if (length === 0) this.#chunk.set(block, this.#at + 4);
    const bytes = length === 0 ? block.length : length;
    this.#view.setUint32(this.#at, bytes, true);
    this.#at += 4 + bytes;
  }

  #finish(): Uint8Array {
    if (this.#at >= HEADER_BYTES + this.#bytes.length) return store(this.#bytes, this.#parameters);
    const chunk = this.#chunk.subarray(0, this.#at);
    writeHeader(chunk, {
      ...this.#parameters,
      stored: false,
      bytes: this.#bytes.length,
      blockBytes: this.#blockBytes,
    });
    return chunk;
  }
}

function store(bytes: Uint8Array, parameters: Parameters): Uint8Array {
  const chunk = allocate(HEADER_BYTES + bytes.length);
  chunk.set(bytes, HEADER_BYTES);
  const blockBytes = Math.max(bytes.length, 1);
  writeHeader(chunk, { ...parameters, stored: true, bytes: bytes.length, blockBytes });
  return chunk;
}

function blockSize(bytes: number, { level, typesize }: Parameters): number {
  const wanted = (BLOCK_BYTES[level] as number) * typesize;
  const block = Math.min(Math.max(wanted, MIN_BLOCK_BYTES), MAX_BLOCK_BYTES, bytes);
  return block > typesize ? block - (block % typesize) : block;
}
