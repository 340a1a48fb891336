import { doubled } from './doubled.js';
import { Scratch } from './scratch.js';

/**
 * The rows of a batch, by partition: a counting sort, which takes as long as there are rows, not partitions.
 * Rows of one partition stay in their order.
 */
export class Grouping {
  /** The partitions that have rows, in the order of their first ones. */
  readonly partitions = new Scratch(Int32Array);
  /** How many of them there are. */
  count = 0;
  /** Where the rows of each of them begin in {@link order}, and where the last ones end. */
  readonly starts = new Scratch(Int32Array);
  /** Row numbers, one partition after the other. */
  readonly order = new Scratch(Int32Array);
  /** For each partition, rows counted or places taken; 0 between two calls. */
  #counts: Int32Array = new Int32Array(1024);

  /** @param total partitions there are: all numbers are below. */
  group(numbers: Int32Array, rows: number, total: number): void {
    while (this.#counts.length < total) this.#counts = doubled(this.#counts);
    const counts = this.#counts;
    const partitions = this.partitions.take(Math.min(rows, total));
    const count = countRows(numbers, rows, counts, partitions);
    const starts = this.starts.take(count + 1);
    let start = 0;
    for (let i = 0; i < count; i++) {
      const partition = partitions[i] as number;
      const many = counts[partition] as number;
      starts[i] = start;
      counts[partition] = start;
      start += many;
    }
    starts[count] = start;
    orderRows(numbers, rows, counts, this.order.take(rows));
    for (let i = 0; i < count; i++) counts[partitions[i] as number] = 0;
    this.count = count;
  }
}

/** Counts the rows of each partition, and lists the partitions that have any. */
function countRows(
  numbers: Int32Array,
  rows: number,
  counts: Int32Array,
  partitions: Int32Array,
): number {
  let found = 0;
  for (let row = 0; row < rows; row++) {
    const partition = numbers[row] as number;
    const many = counts[partition] as number;
    if (many === 0) partitions[found++] = partition;
    counts[partition] = many + 1;
  }
  return found;
}

/** Puts each row in its partition's next place. Four a turn, as in the loops that copy. */
function orderRows(numbers: Int32Array, rows: number, places: Int32Array, order: Int32Array): void {
  let row = 0;
  for (; row + 4 <= rows; row += 4) {
    const one = numbers[row] as number;
    order[places[one] as number] = row;
    places[one] = (places[one] as number) + 1;
    const two = numbers[row + 1] as number;
    order[places[two] as number] = row + 1;
    places[two] = (places[two] as number) + 1;
    const three = numbers[row + 2] as number;
    order[places[three] as number] = row + 2;
    places[three] = (places[three] as number) + 1;
    const four = numbers[row + 3] as number;
    order[places[four] as number] = row + 3;
    places[four] = (places[four] as number) + 1;
  }
  for (; row < rows; row++) {
    const partition = numbers[row] as number;
    order[places[partition] as number] = row;
    places[partition] = (places[partition] as number) + 1;
  }
}
