import { ByteReader } from './byte-reader.js';
import type { EncodedKey } from './key.js';
import { Kind, type Stored } from './stored.js';
import { readStored, skipStored } from './stored-codec.js';

/** What is given for a key that is not there: `undefined` can be a member. */
export const ABSENT = Symbol('absent');

/** Members in the order of their keys. */
export interface Members {
  readonly keys: EncodedKey[];
  /** Empty for a set. */
  readonly values: Stored[];
}

/** Places are numbers of 16 bits. */
const MOST_BYTES = 2 ** 16;

/**
 * Members of a page as they lie on the disk, of which only those are decoded that are asked for: decoded ones take
 * five times the memory, and time that a single look-up needn't spend.
 */
export class PackedMembers {
  readonly #isSet: boolean;
  readonly #count: number;
  /** The members, and after them the place of each. */
  readonly #bytes: Buffer;
  readonly #places: number;
  readonly #reader = new ByteReader();

  private constructor(from: ByteReader, count: number, isSet: boolean) {
    const start = from.at;
    this.#isSet = isSet;
    this.#count = count;
    this.#places = from.end - start;
    this.#bytes = Buffer.allocUnsafeSlow(this.#places + 2 * count);
    from.bytes.copy(this.#bytes, 0, start, from.end);
    for (let i = 0; i < count; i++) {
      this.#bytes.writeUInt16LE(from.at - start, this.#places + 2 * i);
      from.skip(from.varint());
      if (!isSet) skipStored(from);
    }
  }

  /** The members that are to be read next; undefined if there are too few or too long ones. */
  static read(from: ByteReader, kind: Kind, count: number): PackedMembers | undefined {
    if (count < FEWEST || from.end - from.at >= MOST_BYTES) return undefined;
    return new PackedMembers(from, count, kind === Kind.Set);
  }

  get(key: EncodedKey): Stored | typeof ABSENT {
    const reader = this.#reader;
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >> 1;
      this.#seek(middle);
      const order = compare(reader, key);
      if (order === 0) return this.#isSet ? undefined : readStored(reader);
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return ABSENT;
  }

  /** All of them, decoded. */
  members(): Members {
    const reader = this.#reader;
    const keys: EncodedKey[] = [];
    const values: Stored[] = [];
    this.#seek(0);
    for (let i = 0; i < this.#count; i++) {
      keys.push(reader.latin1(reader.varint()));
      if (!this.#isSet) values.push(readStored(reader));
    }
    return { keys, values };
  }

  #seek(member: number): void {
    this.#reader.begin(this.#bytes);
    this.#reader.narrow(this.#bytes.readUInt16LE(this.#places + 2 * member), this.#places);
  }
}

/** Fewer members are decoded at once. */
const FEWEST = 32;

/** How a key that is to be read stands to another one: less than 0 if before it. Passes it if they are equal. */
function compare(reader: ByteReader, key: EncodedKey): number {
  const size = reader.varint();
  const start = reader.skip(size);
  const { bytes } = reader;
  const shorter = Math.min(size, key.length);
  for (let i = 0; i < shorter; i++) {
    const order = (bytes[start + i] as number) - key.charCodeAt(i);
    if (order !== 0) return order;
  }
  return size - key.length;
}
