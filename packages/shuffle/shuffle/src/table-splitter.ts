import { type EncodedBatch, sameSchema, unify } from '@spillway/arrow/ipc';
import { type By, type Frame, Gather, type Partitioner, partitioner } from '@spillway/partition';
import type { RecordBatch, Schema } from 'apache-arrow';
import type { Outcome, Sink, Splitter } from './splitter.js';

/** Splits record batches. Their schemas may differ as far as they can be unified. */
export class TableSplitter implements Splitter {
  readonly #by: By;
  readonly #memory: number;
  readonly #sink: Sink<EncodedBatch>;
  readonly #counts = new Map<string, number>();
  #epoch: Epoch | undefined;
  #schema: Schema | undefined;
  #mixed = false;
  #numbers = new Int32Array(0);

  /** @param memory bytes for gathered rows. */
  constructor(by: By, memory: number, sink: Sink<EncodedBatch>) {
    this.#by = by;
    this.#memory = memory;
    this.#sink = sink;
  }

  /** @throws {SchemaError} when a column is missing, can't be a key, or fits no schema with those before. */
  async add(batch: RecordBatch): Promise<void> {
    const { partitioner, gather } = await this.#epochOf(batch.schema);
    const { numRows } = batch;
    if (this.#numbers.length < numRows) this.#numbers = new Int32Array(numRows);
    partitioner.assign(batch, this.#numbers);
    await this.#append(partitioner, gather.add(batch, this.#numbers, partitioner.count));
  }

  async end(): Promise<Outcome> {
    await this.#endEpoch();
    return { counts: this.#counts, schema: this.#schema, mixed: this.#mixed };
  }

  async #epochOf(schema: Schema): Promise<Epoch> {
    const current = this.#epoch;
    if (current && sameSchema(current.schema, schema)) return current;
    await this.#endEpoch();
    this.#mixed = this.#schema !== undefined;
    this.#schema = this.#schema === undefined ? schema : unify(this.#schema, schema);
    this.#epoch = {
      schema,
      partitioner: partitioner(schema, this.#by),
      gather: new Gather(schema, { memory: this.#memory }),
    };
    return this.#epoch;
  }

  async #endEpoch(): Promise<void> {
    const ended = this.#epoch;
    this.#epoch = undefined;
    if (ended) await this.#append(ended.partitioner, ended.gather.end());
  }

  async #append(partitioner: Partitioner, groups: Iterable<readonly Frame[]>): Promise<void> {
    for (const frames of groups) {
      const entries = frames.map(({ partition, rows, batch }) => {
        const key = partitioner.key(partition);
        this.#counts.set(key, (this.#counts.get(key) ?? 0) + rows);
        return [key, batch] as const;
      });
      await this.#sink(entries);
    }
  }
}

/** As long as batches have one schema, their rows are gathered together. */
interface Epoch {
  readonly schema: Schema;
  readonly partitioner: Partitioner;
  readonly gather: Gather;
}
