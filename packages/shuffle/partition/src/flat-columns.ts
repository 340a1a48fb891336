import type { Data, DataType } from 'apache-arrow';
import type { Arena } from './arena.js';
import { ByteStream } from './byte-stream.js';
import type { Column } from './column.js';
import { unpackBits } from './copy.js';
import { copyBytes, makeColumn } from './data.js';
import { Scratch } from './scratch.js';
import { Stream, type Width } from './stream.js';
import { finishBits, Validity, validityBytes } from './validity.js';

/** Nulls and nothing else. */
export class NullColumn implements Column {
  readonly buffers = 0;
  readonly #type: DataType;

  constructor(type: DataType) {
    this.#type = type;
  }

  measure(): number {
    return 0;
  }

  load(): void {}

  append(): void {}

  finish(_slot: number, rows: number): Data {
    return makeColumn(this.#type, rows, { nullCount: rows });
  }
}

/** Values of 1, 2, 4, 8 or 16 bytes. */
export class FixedColumn<A> implements Column {
  readonly buffers = 1;
  readonly #type: DataType;
  readonly #width: Width<A>;
  readonly #stream: Stream<A>;
  readonly #validity: Validity;
  readonly #scratch = new Scratch(Uint8Array);
  #source: A;

  constructor(type: DataType, arena: Arena, width: Width<A>) {
    this.#type = type;
    this.#width = width;
    this.#stream = new Stream(arena, width);
    this.#validity = new Validity(arena);
    this.#source = width.view(new Uint8Array(0));
  }

  measure(data: Data): number {
    return data.length * this.#width.bytes + validityBytes(data);
  }

  load(data: Data): void {
    this.#validity.load(data);
    const bytes = data.length * this.#width.bytes;
    const scratch = this.#scratch.take(bytes);
    copyBytes(data.values, bytes, scratch);
    this.#source = this.#width.view(scratch);
  }

  append(slot: number, order: Int32Array, from: number, to: number, before: number): void {
    this.#validity.append(slot, order, from, to, before);
    this.#stream.append(slot, this.#source, order, from, to);
  }

  finish(slot: number, rows: number): Data {
    const values = this.#stream.finish(slot, rows);
    return makeColumn(this.#type, rows, { ...this.#validity.finish(slot, rows), values });
  }
}

/** Values of one bit. */
export class BoolColumn implements Column {
  readonly buffers = 1;
  readonly #type: DataType;
  readonly #stream: ByteStream;
  readonly #validity: Validity;
  readonly #source = new Scratch(Uint8Array);

  constructor(type: DataType, arena: Arena) {
    this.#type = type;
    this.#stream = new ByteStream(arena);
    this.#validity = new Validity(arena);
  }

  measure(data: Data): number {
    return data.length + validityBytes(data);
  }

  load(data: Data): void {
    this.#validity.load(data);
    unpackBits(data.values, data.offset, data.length, this.#source.take(data.length));
  }

  append(slot: number, order: Int32Array, from: number, to: number, before: number): void {
    this.#validity.append(slot, order, from, to, before);
    this.#stream.append(slot, this.#source.array, order, from, to);
  }

  finish(slot: number, rows: number): Data {
    const values = finishBits(this.#stream, slot, rows);
    return makeColumn(this.#type, rows, { ...this.#validity.finish(slot, rows), values });
  }
}

/** Values of any number of bytes, each the same. */
export class BlockColumn implements Column {
  readonly buffers = 1;
  readonly #type: DataType;
  readonly #width: number;
  readonly #stream: ByteStream;
  readonly #validity: Validity;
  readonly #source = new Scratch(Uint8Array);

  /** @param width bytes of a value. */
  constructor(type: DataType, arena: Arena, width: number) {
    this.#type = type;
    this.#width = width;
    this.#stream = new ByteStream(arena);
    this.#validity = new Validity(arena);
  }

  measure(data: Data): number {
    return data.length * this.#width + validityBytes(data);
  }

  load(data: Data): void {
    this.#validity.load(data);
    const bytes = data.length * this.#width;
    copyBytes(data.values, bytes, this.#source.take(bytes));
  }

  append(slot: number, order: Int32Array, from: number, to: number, before: number): void {
    this.#validity.append(slot, order, from, to, before);
    for (let i = from; i < to; i++) {
      const start = (order[i] as number) * this.#width;
      this.#stream.appendRange(slot, this.#source.array, start, start + this.#width);
    }
  }

  finish(slot: number, rows: number): Data {
    const values = this.#stream.finish(slot, rows * this.#width);
    return makeColumn(this.#type, rows, { ...this.#validity.finish(slot, rows), values });
  }
}
