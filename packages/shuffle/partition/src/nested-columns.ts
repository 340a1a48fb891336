import type { Data, DataType } from 'apache-arrow';
import type { Arena } from './arena.js';
import type { Body } from './body.js';
import type { Column } from './column.js';
import { EndStream } from './end-stream.js';
import { countValues, Offsets } from './offsets.js';
import { Scratch } from './scratch.js';
import { Validity, validityBytes } from './validity.js';

/** Lists of any length, also maps, which are lists of entries. */
export class ListColumn implements Column {
  readonly buffers: number;
  readonly #ends: EndStream;
  readonly #child: Column;
  readonly #validity: Validity;
  readonly #offsets = new Offsets();
  readonly #order = new Scratch(Int32Array);

  constructor(type: DataType, arena: Arena, child: Column) {
    this.buffers = 1 + child.buffers;
    this.#ends = new EndStream(arena, type);
    this.#child = child;
    this.#validity = new Validity(arena);
  }

  measure(data: Data): number {
    return 4 * data.length + this.#child.measure(valuesOf(data)) + validityBytes(data);
  }

  load(data: Data): void {
    this.#validity.load(data);
    this.#offsets.load(data);
    this.#child.load(valuesOf(data));
  }

  append(slot: number, order: Int32Array, from: number, to: number, before: number): void {
    this.#validity.append(slot, order, from, to, before);
    const offsets = this.#offsets.array;
    const values = this.#ends.totals[slot] as number;
    this.#ends.appendRows(slot, offsets, order, from, to);
    const added = (this.#ends.totals[slot] as number) - values;
    const valueOrder = this.#order.take(added);
    for (let i = from, next = 0; i < to; i++) {
      const row = order[i] as number;
      const stop = offsets[row + 1] as number;
      for (let value = offsets[row] as number; value < stop; value++) valueOrder[next++] = value;
    }
    this.#child.append(slot, valueOrder, 0, added, values);
  }

  layOut(body: Body, rows: number): void {
    this.#validity.layOut(body, rows);
    body.addBuffer(this.#ends, (rows + 1) * this.#ends.offsetBytes);
    this.#child.layOut(body, this.#ends.totals[body.slot] as number);
  }
}

/** Lists of one length. */
export class FixedListColumn implements Column {
  readonly buffers: number;
  readonly #size: number;
  readonly #child: Column;
  readonly #validity: Validity;
  readonly #order = new Scratch(Int32Array);

  /** @param size values of each list. */
  constructor(arena: Arena, size: number, child: Column) {
    this.buffers = child.buffers;
    this.#size = size;
    this.#child = child;
    this.#validity = new Validity(arena);
  }

  measure(data: Data): number {
    return this.#child.measure(this.#valuesOf(data)) + validityBytes(data);
  }

  load(data: Data): void {
    this.#validity.load(data);
    this.#child.load(this.#valuesOf(data));
  }

  append(slot: number, order: Int32Array, from: number, to: number, before: number): void {
    this.#validity.append(slot, order, from, to, before);
    const size = this.#size;
    const valueOrder = this.#order.take((to - from) * size);
    for (let i = from, next = 0; i < to; i++) {
      const first = (order[i] as number) * size;
      for (let value = first; value < first + size; value++) valueOrder[next++] = value;
    }
    this.#child.append(slot, valueOrder, 0, (to - from) * size, before * size);
  }

  layOut(body: Body, rows: number): void {
    this.#validity.layOut(body, rows);
    this.#child.layOut(body, rows * this.#size);
  }

  #valuesOf({ children, length }: Data): Data {
    return (children[0] as Data).slice(0, length * this.#size);
  }
}

/** Members side by side. */
export class StructColumn implements Column {
  readonly buffers: number;
  readonly #children: readonly Column[];
  readonly #validity: Validity;

  constructor(arena: Arena, children: readonly Column[]) {
    this.buffers = buffersOf(children);
    this.#children = children;
    this.#validity = new Validity(arena);
  }

  measure(data: Data): number {
    return measureAll(this.#children, data) + validityBytes(data);
  }

  load(data: Data): void {
    this.#validity.load(data);
    this.#children.forEach((child, i) => {
      child.load(childOf(data, i));
    });
  }

  append(slot: number, order: Int32Array, from: number, to: number, before: number): void {
    this.#validity.append(slot, order, from, to, before);
    for (const child of this.#children) child.append(slot, order, from, to, before);
  }

  layOut(body: Body, rows: number): void {
    this.#validity.layOut(body, rows);
    for (const child of this.#children) child.layOut(body, rows);
  }
}

/** The bytes of columns that have a row for each row of their parent. */
export function measureAll(columns: readonly Column[], parent: Data): number {
  return columns.reduce((sum, column, i) => sum + column.measure(childOf(parent, i)), 0);
}

/** A child that has a row for each row of its parent, and may have more. */
export function childOf({ children, length }: Data, index: number): Data {
  const child = children[index] as Data;
  return child.length === length ? child : child.slice(0, length);
}

/** The values of a column of lists that its rows refer to. */
function valuesOf(data: Data): Data {
  const first = data.length === 0 ? 0 : Number(data.valueOffsets[0]);
  return (data.children[0] as Data).slice(first, countValues(data));
}

export function buffersOf(columns: readonly Column[]): number {
  return columns.reduce((sum, { buffers }) => sum + buffers, 0);
}
