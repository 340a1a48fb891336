import type { Data, Union } from 'apache-arrow';
import type { Arena, Slotted } from './arena.js';
import type { Body } from './body.js';
import { ByteStream } from './byte-stream.js';
import type { Column } from './column.js';
import { buffersOf, childOf, measureAll } from './nested-columns.js';
import { Scratch } from './scratch.js';

/** Unions whose members have a value for each row. */
export class SparseUnionColumn implements Column {
  readonly buffers: number;
  readonly #members: readonly Column[];
  readonly #typeIds: ByteStream;
  #source: Uint8Array = new Uint8Array(0);

  constructor(arena: Arena, members: readonly Column[]) {
    this.buffers = 1 + buffersOf(members);
    this.#members = members;
    this.#typeIds = new ByteStream(arena);
  }

  measure(data: Data): number {
    return data.length + measureAll(this.#members, data);
  }

  load(data: Data): void {
    this.#source = typeIdsOf(data);
    this.#members.forEach((member, i) => {
      member.load(childOf(data, i));
    });
  }

  append(slot: number, order: Int32Array, from: number, to: number, before: number): void {
    this.#typeIds.append(slot, this.#source, order, from, to);
    for (const member of this.#members) member.append(slot, order, from, to, before);
  }

  layOut(body: Body, rows: number): void {
    body.addNode(rows, 0);
    body.addBuffer(this.#typeIds, rows);
    for (const member of this.#members) member.layOut(body, rows);
  }
}

/** Unions whose members have a value for each row that is of them. */
export class DenseUnionColumn implements Column, Slotted {
  readonly buffers = 1;
  readonly #members: readonly Member[];
  readonly #typeIds: ByteStream;
  #source: Uint8Array = new Uint8Array(0);
  #offsets: Int32Array = new Int32Array(0);

  constructor(type: Union, arena: Arena, members: readonly Column[]) {
    this.#members = members.map((column, i) => ({
      column,
      typeId: type.typeIds[i] as number,
      values: new Int32Array(arena.slots),
      order: new Scratch(Int32Array),
      first: 0,
    }));
    this.#typeIds = new ByteStream(arena);
    arena.add(this);
  }

  measure(data: Data): number {
    return this.#members.reduce(
      (sum, { column, typeId }, i) => sum + column.measure(memberOf(data, i, typeId).values),
      data.length,
    );
  }

  load(data: Data): void {
    this.#source = typeIdsOf(data);
    this.#offsets = data.valueOffsets as Int32Array;
    this.#members.forEach((member, i) => {
      const { first, values } = memberOf(data, i, member.typeId);
      member.first = first;
      member.column.load(values);
    });
  }

  append(slot: number, order: Int32Array, from: number, to: number): void {
    this.#typeIds.append(slot, this.#source, order, from, to);
    for (const { column, typeId, values, order: scratch, first } of this.#members) {
      const valueOrder = scratch.take(to - from);
      let count = 0;
      for (let i = from; i < to; i++) {
        const row = order[i] as number;
        if (this.#source[row] !== typeId) continue;
        valueOrder[count++] = (this.#offsets[row] as number) - first;
      }
      const before = values[slot] as number;
      column.append(slot, valueOrder, 0, count, before);
      values[slot] = before + count;
    }
  }

  layOut(body: Body, rows: number): void {
    const typeIds = new Uint8Array(rows);
    this.#typeIds.copy(body.slot, rows, typeIds, 0);
    body.addNode(rows, 0);
    body.addBytes(typeIds);
    body.addBytes(placesOf(typeIds));
    for (const { column, values } of this.#members) {
      column.layOut(body, values[body.slot] as number);
    }
  }

  clear(slot: number): void {
    for (const { values } of this.#members) values[slot] = 0;
  }
}

interface Member {
  readonly column: Column;
  readonly typeId: number;
  /** Values that each slot has. */
  readonly values: Int32Array;
  readonly order: Scratch<Int32Array>;
  /** The first value loaded. */
  first: number;
}

/** Each row's place among the rows of its type: values follow each other in the order of the rows. */
function placesOf(typeIds: Uint8Array): Uint8Array {
  const next = new Int32Array(256);
  const places = new Int32Array(typeIds.length);
  for (let row = 0; row < places.length; row++) {
    const typeId = typeIds[row] as number;
    const place = next[typeId] as number;
    places[row] = place;
    next[typeId] = place + 1;
  }
  return new Uint8Array(places.buffer);
}

function typeIdsOf({ typeIds, length }: Data): Uint8Array {
  return new Uint8Array(typeIds.buffer, typeIds.byteOffset, length);
}

/** The values of a member of a dense union that its rows lie between, and the first one's place. */
function memberOf(
  { typeIds, valueOffsets, children, length }: Data,
  index: number,
  typeId: number,
): { readonly first: number; readonly values: Data } {
  let first = Number.POSITIVE_INFINITY;
  let end = 0;
  for (let row = 0; row < length; row++) {
    if (typeIds[row] !== typeId) continue;
    const value = valueOffsets[row] as number;
    if (value < first) first = value;
    if (value >= end) end = value + 1;
  }
  if (end === 0) first = 0;
  return { first, values: (children[index] as Data).slice(first, end - first) };
}
