import type { ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';
import { blockId, blockOf, MOST_PLACES, placeOf } from './container-id.js';
import type { Environment } from './environment.js';

/** A block is full at this size. Two of them fit in a page of LMDB. */
const BLOCK_BYTES = 1800;
/** Containers longer than this have a page of their own: to change one shouldn't write many others again. */
export const SMALL_BYTES = 240;
/** Changed blocks that wait to be written. */
const MOST_BLOCKS = 1024;

/** In the place of a container that has grown out of its block. */
export const MOVED: Buffer = Buffer.from([0xff]);
/** In a place where nothing is. */
export const GONE: Buffer = Buffer.alloc(0);
/** Bytes before the places: their number, and u16 for each where it ends. */
const headBytes = (places: number): number => 1 + 2 * places;

interface Block {
  readonly number: number;
  readonly places: Buffer[];
}

/**
 * Small containers, many in one record of LMDB: what is stored together lies together, and costs one write and
 * one look-up together.
 */
export class Blocks {
  readonly #environment: Environment;
  /** Those that were changed and are not yet written. */
  readonly #blocks = new Map<number, Block>();
  readonly #writer = new ByteWriter();
  /** The block that new containers go to, not yet written. */
  readonly #open = new ByteWriter();
  #openNumber = 0;
  #ends: number[] = [];

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** Adds a container, which was written from `start` on. @returns its number. */
  add(from: ByteWriter, start: number): number {
    const size = this.#open.length + from.length - start;
    if (this.#ends.length === MOST_PLACES || size > BLOCK_BYTES) this.#seal();
    if (this.#ends.length === 0) this.#openNumber = this.#environment.header.nextId++;
    this.#open.copy(from, start);
    this.#ends.push(this.#open.length);
    return blockId(this.#openNumber, this.#ends.length - 1);
  }

  /**
   * Goes to a container's place: `from` then reads its page, {@link MOVED} or {@link GONE}.
   *
   * @returns whether there is such a place.
   */
  seek(id: number, from: ByteReader): boolean {
    const number = blockOf(id);
    this.#sealIfOpen(number);
    const block = this.#blocks.get(number);
    const bytes = block === undefined ? this.#environment.file.blocks.get(number) : undefined;
    if (block !== undefined) from.begin(block.places[placeOf(id)] ?? GONE);
    else if (bytes === undefined) return false;
    else {
      from.begin(bytes);
      const places = from.u8();
      const place = placeOf(id);
      if (place >= places) return false;
      const start = place === 0 ? 0 : bytes.readUInt16LE(headBytes(place) - 2);
      from.narrow(
        headBytes(places) + start,
        headBytes(places) + bytes.readUInt16LE(headBytes(place)),
      );
    }
    return true;
  }

  /** Puts something else in a container's place. */
  set(id: number, bytes: Buffer): void {
    const block = this.#get(id);
    if (block !== undefined) block.places[placeOf(id)] = bytes;
    if (this.#blocks.size >= MOST_BLOCKS) this.#writeChanged();
  }

  /** Writes all changed blocks. */
  flush(): void {
    this.#seal();
    this.#writeChanged();
  }

  forget(): void {
    this.#blocks.clear();
    this.#ends = [];
    this.#open.begin();
  }

  #get(id: number): Block | undefined {
    const number = blockOf(id);
    this.#sealIfOpen(number);
    return this.#blocks.get(number) ?? this.#load(number);
  }

  #sealIfOpen(number: number): void {
    if (this.#ends.length > 0 && number === this.#openNumber) this.#seal();
  }

  #load(number: number): Block | undefined {
    const bytes = this.#environment.file.blocks.get(number);
    if (bytes === undefined) return undefined;
    const copy = Buffer.from(bytes.subarray(0, bytes.length));
    const places: Buffer[] = [];
    const count = copy[0] as number;
    let start = headBytes(count);
    for (let place = 0; place < count; place++) {
      const end = headBytes(count) + copy.readUInt16LE(headBytes(place));
      places.push(copy.subarray(start, end));
      start = end;
    }
    const block = { number, places };
    this.#blocks.set(number, block);
    return block;
  }

  #writeChanged(): void {
    for (const block of this.#blocks.values()) this.#write(block);
    this.#blocks.clear();
  }

  #write({ number, places }: Block): void {
    const { blocks } = this.#environment.file;
    if (places.every((place) => place.length === 0)) {
      blocks.remove(number);
      return;
    }
    let end = 0;
    this.#begin(
      places.map((place) => {
        end += place.length;
        return end;
      }),
    );
    for (const place of places) this.#writer.bytes(place);
    blocks.put(number, this.#writer.finish());
  }

  #seal(): void {
    if (this.#ends.length === 0) return;
    this.#begin(this.#ends);
    this.#writer.bytes(this.#open.finish());
    this.#environment.file.blocks.put(this.#openNumber, this.#writer.finish());
    this.#ends = [];
    this.#open.begin();
  }

  #begin(ends: readonly number[]): void {
    this.#writer.begin();
    this.#writer.u8(ends.length);
    for (const end of ends) this.#writer.u16(end);
  }
}
