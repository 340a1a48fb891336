import { type Data, type DataType, Vector } from 'apache-arrow';
import type { Arena } from './arena.js';
import type { Column } from './column.js';
import { gatherRows, type Rows } from './gather-rows.js';
import { KeyReader, shapeOf } from './key-values.js';
import { Numbering } from './numbering.js';

/** Chunks beyond these are made one. */
const MOST_CHUNKS = 16;

/**
 * The dictionary that takes the place of those which the batches of a column bring. A value that comes again has
 * the code it had, but for lists, structs and the like, which are added with each new dictionary.
 */
export class SharedDictionary {
  /** How many columns have it. */
  users = 0;
  readonly #type: DataType;
  readonly #make: (arena: Arena) => Column;
  readonly #numbering = new Numbering();
  readonly #reader = new KeyReader();
  readonly #seen = new WeakMap<Data, Int32Array>();
  #chunks: Data[] = [];
  #length = 0;
  #vector: Vector | undefined;

  /** @param type the dictionary's. @param make makes a column of it in an arena. */
  constructor(type: DataType, make: (arena: Arena) => Column) {
    this.#type = type;
    this.#make = make;
  }

  /** How many values there are. */
  get length(): number {
    return this.#length;
  }

  /** All values; the same vector until there are more. */
  get values(): Vector {
    this.#vector ??= new Vector(this.#chunks);
    return this.#vector;
  }

  /** The values of ascending codes, in memory of their own. */
  take(codes: Int32Array): Vector {
    const pieces: Rows[] = [];
    let first = 0;
    let from = 0;
    for (const data of this.#chunks) {
      let to = from;
      while (to < codes.length && (codes[to] as number) < first + data.length) to++;
      pieces.push({ data, order: codes.slice(from, to).map((code) => code - first) });
      from = to;
      first += data.length;
    }
    return new Vector([gatherRows(this.#type, pieces, this.#make)]);
  }

  /** The code here of each code of another dictionary, whose values are added where they are missing. */
  add(dictionary: Vector): Int32Array {
    const parts = dictionary.data.map((chunk) => this.#addChunk(chunk));
    if (parts.length === 1) return parts[0] as Int32Array;
    const codes = new Int32Array(dictionary.length);
    let at = 0;
    for (const part of parts) {
      codes.set(part, at);
      at += part.length;
    }
    return codes;
  }

  #addChunk(chunk: Data): Int32Array {
    let codes = this.#seen.get(chunk);
    if (codes !== undefined) return codes;
    const added: number[] = [];
    codes = this.#number(chunk, added);
    this.#seen.set(chunk, codes);
    if (added.length === 0) return codes;
    this.#chunks.push(
      gatherRows(this.#type, [{ data: chunk, order: Int32Array.from(added) }], this.#make),
    );
    if (this.#chunks.length > MOST_CHUNKS)
      this.#chunks = [gatherRows(this.#type, this.#chunks.map(whole), this.#make)];
    this.#length += added.length;
    this.#vector = undefined;
    return codes;
  }

  /** The code of each value of a chunk; rows whose values are new are put into `added`. */
  #number(chunk: Data, added: number[]): Int32Array {
    const codes = new Int32Array(chunk.length);
    if (shapeOf(chunk.type) === undefined) {
      for (let row = 0; row < chunk.length; row++) codes[row] = this.#length + added.push(row) - 1;
    } else {
      this.#numbering.number(this.#reader.readExactly(chunk), codes, (row) => added.push(row));
    }
    return codes;
  }
}

function whole(data: Data): Rows {
  return { data, order: Int32Array.from({ length: data.length }, (_, row) => row) };
}
