import type { Data, DataType } from 'apache-arrow';
import type { Arena } from './arena.js';
import type { Body } from './body.js';
import { ByteStream, PADDING, type Source } from './byte-stream.js';
import type { Column } from './column.js';
import { copyBytes } from './data.js';
import { EndStream } from './end-stream.js';
import { countValues, Offsets } from './offsets.js';
import { Scratch } from './scratch.js';
import { FOUR, SIXTEEN, Stream } from './stream.js';
import { Validity, validityBytes } from './validity.js';
import { BUFFER_WORD, longBytes, OFFSET_WORD, VIEW_BYTES, VIEW_WORDS, viewsOf } from './views.js';

/** Text and binary values, by offsets of 32 or 64 bits. */
export class BytesColumn implements Column {
  readonly buffers = 2;
  readonly #ends: EndStream;
  readonly #bytes: ByteStream;
  readonly #validity: Validity;
  readonly #offsets = new Offsets();
  readonly #scratch = new Scratch(Uint8Array);
  #source: Source = {
    offsets: this.#offsets.array,
    bytes: this.#scratch.array,
    words: new DataView(this.#scratch.array.buffer),
  };

  constructor(type: DataType, arena: Arena) {
    this.#ends = new EndStream(arena, type);
    this.#bytes = new ByteStream(arena);
    this.#validity = new Validity(arena);
  }

  measure(data: Data): number {
    return 4 * data.length + countValues(data) + validityBytes(data);
  }

  load(data: Data): void {
    this.#validity.load(data);
    this.#offsets.load(data);
    const { first, count } = this.#offsets;
    const values = (data.values as Uint8Array).subarray(first, first + count);
    const bytes = this.#scratch.take(count + PADDING);
    copyBytes(values, count, bytes);
    this.#source = { offsets: this.#offsets.array, bytes, words: new DataView(bytes.buffer) };
  }

  append(slot: number, order: Int32Array, from: number, to: number, before: number): void {
    this.#validity.append(slot, order, from, to, before);
    this.#ends.appendRows(slot, this.#source.offsets, order, from, to);
    this.#bytes.appendRows(slot, this.#source, order, from, to);
  }

  layOut(body: Body, rows: number): void {
    this.#validity.layOut(body, rows);
    body.addBuffer(this.#ends, (rows + 1) * this.#ends.offsetBytes);
    body.addBuffer(this.#bytes, this.#ends.totals[body.slot] as number);
  }
}

/** Text and binary values as views: short ones are inline, the others in buffers of their own. */
export class ViewColumn implements Column {
  readonly buffers = 1;
  readonly #views: Stream<BigUint64Array>;
  readonly #bytes: ByteStream;
  readonly #validity: Validity;
  #source: BigUint64Array = new BigUint64Array(0);
  #words: Int32Array = new Int32Array(0);
  #variadic: readonly Uint8Array[] = [];

  constructor(arena: Arena) {
    this.#views = new Stream(arena, SIXTEEN);
    this.#bytes = new ByteStream(arena);
    this.#validity = new Validity(arena);
  }

  measure(data: Data): number {
    this.#loadViews(data);
    let bytes = data.length * VIEW_BYTES;
    for (let word = 0; word < this.#words.length; word += VIEW_WORDS) {
      bytes += longBytes(this.#words[word] as number);
    }
    return bytes + validityBytes(data);
  }

  load(data: Data): void {
    this.#validity.load(data);
    this.#loadViews(data);
    this.#variadic = data.variadicBuffers;
  }

  append(slot: number, order: Int32Array, from: number, to: number, before: number): void {
    this.#validity.append(slot, order, from, to, before);
    this.#views.append(slot, this.#source, order, from, to);
    for (let i = from; i < to; i++) {
      const word = (order[i] as number) * VIEW_WORDS;
      const bytes = longBytes(this.#words[word] as number);
      if (bytes === 0) continue;
      const start = this.#words[word + OFFSET_WORD] as number;
      const buffer = this.#variadic[this.#words[word + BUFFER_WORD] as number] as Uint8Array;
      this.#bytes.appendRange(slot, buffer, start, start + bytes);
    }
  }

  layOut(body: Body, rows: number): void {
    this.#validity.layOut(body, rows);
    const views = new Uint8Array(rows * VIEW_BYTES);
    this.#views.copy(body.slot, views.length, views, 0);
    const long = relocate(views);
    body.addBytes(views);
    body.variadicBufferCounts.push(long === 0 ? 0 : 1);
    if (long > 0) body.addBuffer(this.#bytes, long);
  }

  #loadViews(data: Data): void {
    const views = viewsOf(data);
    this.#source = SIXTEEN.view(views);
    this.#words = FOUR.view(views);
  }
}

/** Makes views point into one buffer, in which the long values follow each other; returns its bytes. */
function relocate(views: Uint8Array): number {
  const words = new Int32Array(views.buffer, views.byteOffset, views.length / 4);
  let offset = 0;
  for (let word = 0; word < words.length; word += VIEW_WORDS) {
    const bytes = longBytes(words[word] as number);
    if (bytes === 0) continue;
    words[word + BUFFER_WORD] = 0;
    words[word + OFFSET_WORD] = offset;
    offset += bytes;
  }
  return offset;
}
