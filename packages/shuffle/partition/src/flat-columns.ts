import type { Data } from 'apache-arrow';
import type { Arena } from './arena.js';
import { BitStream } from './bit-stream.js';
import type { Body } from './body.js';
import { ByteStream } from './byte-stream.js';
import type { Column } from './column.js';
import { unpackBits } from './copy.js';
import { copyBytes } from './data.js';
import { Scratch } from './scratch.js';
import { Stream, type Width } from './stream.js';
import { Validity, validityBytes } from './validity.js';

/** Nulls and nothing else. */
export class NullColumn implements Column {
  readonly buffers = 0;

  measure(): number {
    return 0;
  }

  load(): void {}

  append(): void {}

  layOut(body: Body, rows: number): void {
    body.addNode(rows, rows);
  }
}

/** Values of 1, 2, 4, 8 or 16 bytes. */
export class FixedColumn<A> implements Column {
  readonly buffers = 1;
  readonly #width: Width<A>;
  readonly #stream: Stream<A>;
  readonly #validity: Validity;
  readonly #scratch = new Scratch(Uint8Array);
  #source: A;

  constructor(arena: Arena, width: Width<A>) {
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

  layOut(body: Body, rows: number): void {
    this.#validity.layOut(body, rows);
    body.addBuffer(this.#stream, rows * this.#width.bytes);
  }
}

/** Values of one bit. */
export class BoolColumn implements Column {
  readonly buffers = 1;
  readonly #stream: BitStream;
  readonly #validity: Validity;
  readonly #source = new Scratch(Uint8Array);

  constructor(arena: Arena) {
    this.#stream = new BitStream(arena);
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

  layOut(body: Body, rows: number): void {
    this.#validity.layOut(body, rows);
    body.addBuffer(this.#stream, Math.ceil(rows / 8));
  }
}

/** Values of any number of bytes, each the same. */
export class BlockColumn implements Column {
  readonly buffers = 1;
  readonly #width: number;
  readonly #stream: ByteStream;
  readonly #validity: Validity;
  readonly #source = new Scratch(Uint8Array);

  /** @param width bytes of a value. */
  constructor(arena: Arena, width: number) {
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

  layOut(body: Body, rows: number): void {
    this.#validity.layOut(body, rows);
    body.addBuffer(this.#stream, rows * this.#width);
  }
}
