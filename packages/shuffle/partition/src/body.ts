import type { BatchParts } from '@spillway/arrow/ipc';
import type { Vector } from 'apache-arrow';

/** Where a buffer's bytes are, for each slot. */
export interface BufferSource {
  /** Copies the first `bytes` bytes of a slot to `target` from `at` on. */
  copy(slot: number, bytes: number, target: Uint8Array, at: number): void;
}

/**
 * What a slot's rows are made of: nodes and buffers in the order of Arrow's messages
 * (https://arrow.apache.org/docs/format/Columnar.html#recordbatch-message). Buffers are copied out of the pages when
 * they are asked for, so that each byte is copied once.
 */
export class Body implements BatchParts {
  readonly slot: number;
  readonly rows: number;
  readonly nodes: number[] = [];
  readonly buffers: number[] = [];
  /** How many more buffers each column of views has. */
  readonly variadicBufferCounts: number[] = [];
  /** Dictionaries by their ids, where there are any. */
  dictionaries: Map<number, Vector> | undefined;
  readonly #sources: BufferSource[] = [];

  constructor(slot: number, rows: number) {
    this.slot = slot;
    this.rows = rows;
  }

  /** Adds a column or child. */
  addNode(length: number, nullCount: number): void {
    this.nodes.push(length, nullCount);
  }

  /** Adds a buffer: the first `bytes` bytes that the source has for the slot. */
  addBuffer(source: BufferSource, bytes: number): void {
    this.buffers.push(bytes);
    this.#sources.push(source);
  }

  /** Adds a buffer that is made already. */
  addBytes(bytes: Uint8Array): void {
    this.addBuffer({ copy: (_slot, _bytes, target, at) => target.set(bytes, at) }, bytes.length);
  }

  addDictionary(id: number, values: Vector): void {
    this.dictionaries ??= new Map();
    this.dictionaries.set(id, values);
  }

  copyBuffer(index: number, target: Uint8Array, at: number): void {
    const source = this.#sources[index] as BufferSource;
    source.copy(this.slot, this.buffers[index] as number, target, at);
  }
}
