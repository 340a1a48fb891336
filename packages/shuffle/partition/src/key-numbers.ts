import { type PartitionValue, partitionKey } from './partition-key.js';

/** Numbers partitions by what a function calls them, from 0 on. Values with one text are one partition. */
export class KeyNumbers {
  /** The key of each partition, by its number. */
  readonly keys: string[] = [];
  readonly #byKey = new Map<string, number>();
  /** Most values come again; finding them here costs less than making their text. */
  readonly #byValue = new Map<PartitionValue, number>();

  /** @throws {SchemaError} for a value that no partition can be called by. */
  number(value: PartitionValue): number {
    return this.#byValue.get(value) ?? this.#numberNew(value);
  }

  #numberNew(value: PartitionValue): number {
    const key = partitionKey(value);
    let number = this.#byKey.get(key);
    if (number === undefined) {
      number = this.keys.push(key) - 1;
      this.#byKey.set(key, number);
    }
    if (typeof value !== 'object') this.#byValue.set(value, number);
    return number;
  }
}
