import { type RecordBatch, type Schema, Vector } from 'apache-arrow';
import type { Row } from './by.js';

/** The rows of batches as objects: one object, whose properties read the row that was last asked for. */
export class RowView {
  readonly #row: Row;
  #columns: Vector[] = [];
  #index = 0;

  constructor(schema: Schema) {
    const properties = schema.fields.map(({ name }, i) => {
      const get = () => this.#columns[i]?.get(this.#index);
      return [name, { get, enumerable: true }] as const;
    });
    this.#row = Object.create(null, Object.fromEntries(properties)) as Row;
  }

  /** Takes the batch whose rows are wanted. */
  show(batch: RecordBatch): void {
    this.#columns = batch.data.children.map((data) => new Vector([data]));
  }

  /** A row, until the next one is asked for. */
  at(index: number): Row {
    this.#index = index;
    return this.#row;
  }
}
