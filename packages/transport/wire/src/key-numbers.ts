import { type Batch, PackedBatch } from '@spillway/core';
import type { Body } from './body.js';
import {
  type Allocate,
  findPacked,
  inlineBytes,
  type Packed,
  readKeys,
  readValues,
  textBytes,
  writeKeyLengths,
  writeValues,
} from './columns.js';
import type { Frames } from './header.js';
import { MAX_NUMBERED_BYTES, MAX_NUMBERED_KEYS, RENUMBER } from './protocol.js';

/**
 * The sender's side of numbering: a key is sent once in a session and by its number from then on. That
 * spares both sides the making and hashing of strings, which costs more than everything else together.
 */
export class KeyNumbers {
  readonly #numbers = new Map<string, number>();
  #bytes = 0;
  /** The keys of the last batch, with their numbers: often the same keys come again, and need no look-up then. */
  #last: readonly string[] = [];
  #batch = new Uint32Array(1024);

  /**
   * Packs keys, and values if there are any, behind room for a header. One allocation, one pass. The layout
   * is in the README under "Numbered keys".
   *
   * @returns the message and the flags that its header must have: {@link RENUMBER}, or 0.
   */
  pack(
    headerBytes: number,
    keys: readonly string[],
    values: readonly Uint8Array[] | undefined,
    allocate: Allocate,
  ): { readonly packed: Packed; readonly flags: number } {
    const flags = this.#makeRoom();
    const fresh = this.#number(keys);
    const text = fresh.join('');
    const { bytes, ascii } = textBytes(text);
    this.#bytes += bytes + 2 * fresh.length;
    const freshAt = headerBytes + 8;
    const keysAt = freshAt + 2 * fresh.length;
    const numbersAt = keysAt + bytes;
    const lengthsAt = numbersAt + 4 * keys.length;
    const valuesAt = values ? lengthsAt + 4 * keys.length : lengthsAt;
    const frame = allocate(valuesAt + (values ? inlineBytes(values) : 0));
    frame.writeUInt32LE(keys.length, headerBytes);
    frame.writeUInt32LE(fresh.length, headerBytes + 4);
    writeKeyLengths(frame, fresh, ascii, freshAt);
    frame.write(text, keysAt);
    const numbers = new DataView(frame.buffer, frame.byteOffset, frame.length);
    for (let i = 0; i < keys.length; i++)
      numbers.setUint32(numbersAt + 4 * i, this.#batch[i] as number, true);
    return { packed: values ? writeValues(frame, values, lengthsAt, valuesAt) : [frame], flags };
  }

  /** Starts again from 0 when there are too many numbers. */
  #makeRoom(): number {
    if (isWithinLimits(this.#numbers.size, this.#bytes)) return 0;
    this.#numbers.clear();
    this.#last = [];
    this.#bytes = 0;
    return RENUMBER;
  }

  /** Numbers the keys of a batch; gives those that are new. */
  #number(keys: readonly string[]): string[] {
    const fresh: string[] = [];
    const last = this.#last.length === keys.length ? this.#last : [];
    if (keys.length > this.#batch.length) this.#batch = new Uint32Array(keys.length);
    this.#last = keys;
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as string;
      if (key === last[i]) continue;
      let number = this.#numbers.get(key);
      if (number === undefined) {
        number = this.#numbers.size;
        this.#numbers.set(key, number);
        fresh.push(key);
      }
      this.#batch[i] = number;
    }
    return fresh;
  }
}

/** The receiver's side of numbering. */
export class NumberedKeys {
  /** Keys by number; none after a message that could not be read, until the sender numbers anew. */
  #keys: string[] | undefined = [];
  #bytes = 0;
  /** The keys of the last message, and their numbers as they came: often the same ones come again. */
  #last: readonly string[] = [];
  #lastNumbers = Buffer.alloc(0);

  /**
   * Reads what {@link KeyNumbers} packed. The values are in the frames' own memory.
   *
   * @param flags of the message's header. @param hasValues whether the request carries values.
   * @throws {ProtocolError} when something is not covered by what is there, or numbered without a key.
   * @throws {KeyError} for a key that no store takes.
   */
  unpack(body: Body, attached: Frames, flags: number, hasValues: boolean): Batch<Uint8Array> {
    const known = this.#begin(body, flags);
    const count = body.uint32();
    const freshCount = body.uint32();
    const before = body.here;
    for (const key of readKeys(body, freshCount)) known.push(key);
    this.#bytes += body.here - before;
    const keys =
      this.#named(body.view(4 * count), known) ?? body.fail('it names a key without a number');
    const batch = hasValues ? readBatch(body, keys, attached) : { keys, values: [] };
    body.end();
    this.#keys = known;
    return batch;
  }

  /** The keys that numbers stand for; `undefined` when there is none for one. */
  #named(numbers: Buffer, known: readonly string[]): readonly string[] | undefined {
    if (numbers.equals(this.#lastNumbers)) return this.#last;
    const { byteOffset, length } = numbers;
    const view = new DataView(numbers.buffer, byteOffset, length);
    const keys = new Array<string>(length / 4);
    for (let i = 0; i < keys.length; i++) {
      const key = known[view.getUint32(4 * i, true)];
      if (key === undefined) return undefined;
      keys[i] = key;
    }
    this.#last = keys;
    this.#lastNumbers = Buffer.from(numbers);
    return keys;
  }

  #begin(body: Body, flags: number): string[] {
    let known = this.#keys;
    this.#keys = undefined;
    if ((flags & RENUMBER) !== 0) {
      known = [];
      this.#bytes = 0;
      this.#last = [];
      this.#lastNumbers = Buffer.alloc(0);
    }
    if (!known)
      return body.fail('it follows one that could not be read, and does not number its keys anew');
    if (!isWithinLimits(known.length, this.#bytes))
      body.fail('its sender has too many keys numbered');
    return known;
  }
}

function readBatch(body: Body, keys: readonly string[], attached: Frames): Batch<Uint8Array> {
  const lengthsAt = body.take(4 * keys.length);
  if (attached.length === 0) return new PackedBatch(keys, findPacked(body, keys.length, lengthsAt));
  return { keys, values: readValues(body, keys.length, lengthsAt, attached), owned: true };
}

function isWithinLimits(keys: number, bytes: number): boolean {
  return keys <= MAX_NUMBERED_KEYS && bytes <= MAX_NUMBERED_BYTES;
}
