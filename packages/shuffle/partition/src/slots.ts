import { NONE } from './arena.js';
import { doubled } from './doubled.js';

/** Which partitions have rows in memory: each of those has a slot. */
export class Slots {
  /** Rows that each slot has; 0 for a free one. */
  readonly rows: Int32Array;
  /** For each partition its slot plus one, or 0. */
  #slots: Int32Array = new Int32Array(1024);
  readonly #partitions: Int32Array;
  /** Slots that were given back; the last one is given out first. */
  readonly #free: Int32Array;
  #freed = 0;
  /** Slots from here on were never given out. */
  #untouched = 0;

  /** @param capacity slots there are. */
  constructor(capacity: number) {
    this.rows = new Int32Array(capacity);
    this.#partitions = new Int32Array(capacity);
    this.#free = new Int32Array(capacity);
  }

  /** How many slots are free. */
  get left(): number {
    return this.rows.length - this.#untouched + this.#freed;
  }

  /** The slot of a partition, or {@link NONE}. */
  of(partition: number): number {
    return partition < this.#slots.length ? (this.#slots[partition] as number) - 1 : NONE;
  }

  /** The slot of a partition, given out if there is none. The caller knows that one is left. */
  open(partition: number): number {
    const known = this.of(partition);
    if (known !== NONE) return known;
    while (this.#slots.length <= partition) this.#slots = doubled(this.#slots);
    const slot = this.#freed > 0 ? (this.#free[--this.#freed] as number) : this.#untouched++;
    this.#slots[partition] = slot + 1;
    this.#partitions[slot] = partition;
    return slot;
  }

  /** The partition of a slot. */
  partition(slot: number): number {
    return this.#partitions[slot] as number;
  }

  /** Takes a slot back. */
  close(slot: number): void {
    this.#slots[this.partition(slot)] = 0;
    this.rows[slot] = 0;
    this.#free[this.#freed++] = slot;
  }

  /** All slots given out, in the order of their partitions. */
  byPartition(): number[] {
    const slots: number[] = [];
    for (const slot of this.#slots) if (slot > 0) slots.push(slot - 1);
    return slots;
  }

  /** Slots that together have at least `wanted` of `held`, the largest ones. */
  largest(held: Int32Array, wanted: number): number[] {
    const bySize = new Map<number, number[]>();
    for (let slot = 0; slot < this.#untouched; slot++) {
      if (this.rows[slot] === 0) continue;
      const size = held[slot] as number;
      const same = bySize.get(size);
      if (same) same.push(slot);
      else bySize.set(size, [slot]);
    }
    const chosen: number[] = [];
    let left = wanted;
    for (const size of [...bySize.keys()].sort((a, b) => b - a)) {
      for (const slot of bySize.get(size) as number[]) {
        if (left <= 0) return chosen;
        chosen.push(slot);
        left -= size;
      }
    }
    return chosen;
  }
}
