import { SchemaError } from '@spillway/core';
import type { Data, Dictionary, Vector } from 'apache-arrow';
import type { Arena } from './arena.js';
import type { Body } from './body.js';
import type { Column } from './column.js';
import { Scratch } from './scratch.js';
import type { SharedDictionary } from './shared-dictionary.js';
import { FOUR, Stream } from './stream.js';
import { Validity, validityBytes } from './validity.js';

/** Values by their codes in a dictionary, which is one for all batches. */
export class DictionaryColumn implements Column {
  readonly buffers = 1;
  readonly #type: Dictionary;
  readonly #field: string;
  readonly #dictionary: SharedDictionary;
  readonly #stream: Stream<Int32Array>;
  readonly #validity: Validity;
  readonly #codes = new Scratch(Int32Array);
  readonly #used = new UsedCodes();
  /** The dictionary that came last, and the shared code of each of its codes. */
  #last: Vector | undefined;
  #shared: Int32Array = new Int32Array(0);

  constructor(type: Dictionary, arena: Arena, dictionary: SharedDictionary, field: string) {
    if (type.indices.bitWidth > 32) {
      throw new SchemaError(
        `field "${field}" has ${type.indices} indices; at most 32 bits are supported`,
        {
          field,
        },
      );
    }
    this.#type = type;
    this.#field = field;
    this.#dictionary = dictionary;
    this.#stream = new Stream(arena, FOUR);
    this.#validity = new Validity(arena);
  }

  measure(data: Data): number {
    return 4 * data.length + validityBytes(data);
  }

  load(data: Data): void {
    this.#validity.load(data);
    const { dictionary, length } = data;
    if (dictionary !== undefined && dictionary !== this.#last) {
      this.#shared = this.#dictionary.add(dictionary);
      this.#last = dictionary;
    }
    const codes = this.#codes.take(length);
    const given: ArrayLike<number> = data.values;
    for (let row = 0; row < length; row++) {
      const code = this.#shared[given[row] as number];
      if (code === undefined && data.getValid(row)) this.#fail(given[row] as number);
      codes[row] = code ?? 0;
    }
  }

  append(slot: number, order: Int32Array, from: number, to: number, before: number): void {
    this.#validity.append(slot, order, from, to, before);
    this.#stream.append(slot, this.#codes.array, order, from, to);
  }

  layOut(body: Body, rows: number): void {
    this.#validity.layOut(body, rows);
    const codes = new Int32Array(rows);
    this.#stream.copy(body.slot, codes.byteLength, new Uint8Array(codes.buffer), 0);
    body.addDictionary(this.#type.id, this.#dictionaryOf(codes));
    body.addBytes(narrow(codes, this.#type.indices.bitWidth / 8));
  }

  /**
   * The dictionary of a slot's column: the shared one, or if the type's indices are too narrow for that, its
   * values that are used, and the codes are changed to suit it.
   */
  #dictionaryOf(codes: Int32Array): Vector {
    const { length, users, values } = this.#dictionary;
    const { bitWidth, isSigned } = this.#type.indices;
    const most = 2 ** (isSigned ? bitWidth - 1 : bitWidth);
    if (length <= most) return values;
    const used = this.#used.of(codes, length);
    if (users > 1 || used.length > most) {
      throw new SchemaError(
        `field "${this.#field}" has more different values than its ${this.#type.indices} indices can tell apart`,
        { field: this.#field },
      );
    }
    for (let row = 0; row < codes.length; row++)
      codes[row] = this.#used.place(codes[row] as number);
    return this.#dictionary.take(used);
  }

  #fail(code: number): never {
    throw new SchemaError(`field "${this.#field}" has code ${code}, which its dictionary lacks`, {
      field: this.#field,
    });
  }
}

/** Codes in so many bytes each, in the same place. */
function narrow(codes: Int32Array, bytes: number): Uint8Array {
  const { buffer, byteOffset, length } = codes;
  if (bytes === 1) new Uint8Array(buffer, byteOffset, length).set(codes);
  if (bytes === 2) new Uint16Array(buffer, byteOffset, length).set(codes);
  return new Uint8Array(buffer, byteOffset, length * bytes);
}

/** Which codes a column uses, in time that doesn't depend on how many there are. */
class UsedCodes {
  /** The round in which each code was used last. */
  #rounds: Int32Array = new Int32Array(0);
  #places: Int32Array = new Int32Array(0);
  #round = 0;

  /** The codes used, in ascending order. @param length all codes are below. */
  of(codes: Int32Array, length: number): Int32Array {
    if (this.#rounds.length < length) {
      this.#rounds = new Int32Array(2 * length);
      this.#places = new Int32Array(2 * length);
    }
    const round = ++this.#round;
    const used: number[] = [];
    for (const code of codes) {
      if (this.#rounds[code] === round) continue;
      this.#rounds[code] = round;
      used.push(code);
    }
    const ascending = Int32Array.from(used).sort();
    for (let place = 0; place < ascending.length; place++) {
      this.#places[ascending[place] as number] = place;
    }
    return ascending;
  }

  /** A used code's place among them. */
  place(code: number): number {
    return this.#places[code] as number;
  }
}
