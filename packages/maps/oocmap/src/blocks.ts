import { ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';
import { blockId, blockOf, MOST_PLACES, placeOf } from './container-id.js';
import type { Environment } from './environment.js';

/** A block is full at this size. Two of them fit in a page of LMDB. */
const BLOCK_BYTES = 1800;
/** Containers longer than this have a page of their own: to change one shouldn't write many others again. */
export const SMALL_BYTES = 240;
/** Blocks that are kept, at most. */
const MOST_BLOCKS = 2048;
/** How many go when there are too many. */
const MADE_ROOM = MOST_BLOCKS / 8;

/** In the place of a container that has grown out of its block. */
export const MOVED: Buffer = Buffer.from([0xff]);
/** In a place where nothing is. */
export const GONE: Buffer = Buffer.alloc(0);

interface Block {
  readonly number: number;
  readonly places: Buffer[];
  dirty: boolean;
  used: boolean;
}

/**
 * Small containers, many in one record of LMDB: what is stored together lies together, and costs one write and
 * one look-up together.
 */
export class Blocks {
  readonly #environment: Environment;
  readonly #blocks = new Map<number, Block>();
  readonly #dirty = new Set<Block>();
  readonly #reader = new ByteReader();
  readonly #writer = new ByteWriter();
  /** The block that new containers go to, not yet written. */
  readonly #open = new ByteWriter();
  #openNumber = 0;
  #ends: number[] = [];

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** Adds a container. @returns its number. */
  add(bytes: Uint8Array): number {
    const size = this.#ends.at(-1) ?? 0;
    if (this.#ends.length === MOST_PLACES || size + bytes.length > BLOCK_BYTES) this.#seal();
    if (this.#ends.length === 0) {
      this.#openNumber = this.#environment.header.nextId++;
      this.#open.begin();
    }
    this.#open.bytes(bytes);
    this.#ends.push((this.#ends.at(-1) ?? 0) + bytes.length);
    return blockId(this.#openNumber, this.#ends.length - 1);
  }

  /** What is in a container's place: its page, {@link MOVED} or {@link GONE}. */
  get(id: number): Buffer {
    return this.#get(id)?.places[placeOf(id)] ?? GONE;
  }

  /** Puts something else in a container's place. */
  set(id: number, bytes: Buffer): void {
    const block = this.#get(id);
    if (block === undefined) return;
    block.places[placeOf(id)] = bytes;
    if (block.dirty) return;
    block.dirty = true;
    this.#dirty.add(block);
  }

  /** Writes all changed blocks. */
  flush(): void {
    this.#seal();
    this.#writeDirty();
  }

  forget(): void {
    this.#blocks.clear();
    this.#dirty.clear();
    this.#ends = [];
  }

  #get(id: number): Block | undefined {
    const number = blockOf(id);
    if (this.#ends.length > 0 && number === this.#openNumber) this.#seal();
    const block = this.#blocks.get(number);
    if (block === undefined) return this.#load(number);
    block.used = true;
    return block;
  }

  #load(number: number): Block | undefined {
    const bytes = this.#environment.file.blocks.get(number);
    if (bytes === undefined) return undefined;
    const reader = this.#reader;
    reader.begin(bytes);
    const sizes = Array.from({ length: reader.u8() }, () => reader.varint());
    const copy = Buffer.allocUnsafeSlow(reader.end - reader.at);
    copy.set(bytes.subarray(reader.at, reader.end));
    const places: Buffer[] = [];
    let start = 0;
    for (const size of sizes) {
      places.push(copy.subarray(start, start + size));
      start += size;
    }
    const block = { number, places, dirty: false, used: true };
    if (this.#blocks.size >= MOST_BLOCKS) this.#evict();
    this.#blocks.set(number, block);
    return block;
  }

  #writeDirty(): void {
    for (const block of this.#dirty) {
      block.dirty = false;
      this.#write(block);
    }
    this.#dirty.clear();
  }

  #write({ number, places }: Block): void {
    const { blocks } = this.#environment.file;
    if (places.every((place) => place.length === 0)) {
      this.#blocks.delete(number);
      blocks.remove(number);
      return;
    }
    this.#begin(places.map((place) => place.length));
    for (const place of places) this.#writer.bytes(place);
    blocks.put(number, this.#writer.finish());
  }

  #seal(): void {
    if (this.#ends.length === 0) return;
    this.#begin(this.#ends.map((end, at) => end - (this.#ends[at - 1] ?? 0)));
    this.#writer.bytes(this.#open.finish());
    this.#environment.file.blocks.put(this.#openNumber, this.#writer.finish());
    this.#ends = [];
  }

  #begin(sizes: readonly number[]): void {
    this.#writer.begin();
    this.#writer.u8(sizes.length);
    for (const size of sizes) this.#writer.varint(size);
  }

  /** Second chance: those not used since they were last looked at go. */
  #evict(): void {
    this.#writeDirty();
    for (const [number, block] of this.#blocks) {
      if (this.#blocks.size < MOST_BLOCKS - MADE_ROOM) return;
      this.#blocks.delete(number);
      if (block.used) this.#blocks.set(number, block);
      block.used = false;
    }
  }
}
