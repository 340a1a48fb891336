import { type Copyable, copyPieces } from '@spillway/core';
import type { RecordBatch, Schema } from 'apache-arrow';
import { BatchLayout, paddingOf } from './batch-layout.js';
import { encodePieces } from './encode.js';
import { requireDistinctNames } from './readable.js';
import { END, schemaMessage } from './schema-message.js';

/** A record batch that becomes an Arrow IPC stream where that is to be. */
export abstract class EncodedBatch implements Copyable {
  abstract readonly length: number;
  abstract copyTo(target: Uint8Array, at: number): void;
}

/** What a record batch is made of, in the order of its message. */
export interface BatchParts {
  readonly rows: number;
  /** The length of each column and child, parents first, and the nulls it has. */
  readonly nodes: readonly number[];
  /** The bytes of each buffer. */
  readonly buffers: readonly number[];
  /** Writes a buffer to `target` from `at` on. */
  copyBuffer(index: number, target: Uint8Array, at: number): void;
}

/**
 * Encodes batches of one schema from their buffers, without objects of the library: their columns have neither
 * dictionaries nor views, and each batch has as many buffers.
 */
export class BatchEncoder {
  readonly #schema: Uint8Array;
  #layout: BatchLayout | undefined;

  /** @throws {SchemaError} naming a field whose name another one has. */
  constructor(schema: Schema) {
    requireDistinctNames(schema);
    this.#schema = schemaMessage(schema);
  }

  /** @param parts stay as they are as long as the batch is in use. */
  encode(parts: BatchParts): EncodedBatch {
    this.#layout ??= new BatchLayout(parts.nodes.length / 2, parts.buffers.length);
    return new BatchOfParts(this.#schema, this.#layout, parts);
  }
}

/** A batch by the general way: of any columns, also those with dictionaries. */
export function encodeBatch(batch: RecordBatch): EncodedBatch {
  return new BatchOfPieces(encodePieces(batch));
}

class BatchOfParts extends EncodedBatch {
  readonly length: number;
  readonly #schema: Uint8Array;
  readonly #layout: BatchLayout;
  readonly #parts: BatchParts;

  constructor(schema: Uint8Array, layout: BatchLayout, parts: BatchParts) {
    super();
    this.#schema = schema;
    this.#layout = layout;
    this.#parts = parts;
    let length = schema.length + layout.length + END.length;
    for (const bytes of parts.buffers) length += bytes + paddingOf(bytes);
    this.length = length;
  }

  copyTo(target: Uint8Array, at: number): void {
    const { rows, nodes, buffers } = this.#parts;
    target.set(this.#schema, at);
    let end = at + this.#schema.length;
    this.#layout.write(target, end, rows, nodes, buffers);
    end += this.#layout.length;
    for (let i = 0; i < buffers.length; i++) {
      const bytes = buffers[i] as number;
      if (bytes > 0) this.#parts.copyBuffer(i, target, end);
      end += bytes;
      for (const next = end + paddingOf(bytes); end < next; end++) target[end] = 0;
    }
    target.set(END, end);
  }
}

class BatchOfPieces extends EncodedBatch {
  readonly length: number;
  readonly #pieces: readonly Uint8Array[];

  constructor(pieces: readonly Uint8Array[]) {
    super();
    this.#pieces = pieces;
    this.length = pieces.reduce((sum, { length }) => sum + length, 0);
  }

  copyTo(target: Uint8Array, at: number): void {
    copyPieces(this.#pieces, target, at);
  }
}
