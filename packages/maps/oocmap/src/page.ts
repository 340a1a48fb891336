import { CorruptError } from '@spillway/core';
import type { ByteReader } from './byte-reader.js';
import { type ByteWriter, SHORT } from './byte-writer.js';
import type { EncodedKey } from './key.js';
import { PackedMembers } from './packed-members.js';
import type { Shape, Shapes } from './shapes.js';
import { Kind, type Stored } from './stored.js';
import { readStored, writeStored } from './stored-codec.js';

/** What a page may take: two of them fit in a page of LMDB, and none needs one to itself. */
export const PAGE_BYTES = 1900;
/** Children of an inner page, each 14 bytes at most. */
export const FAN_OUT = 128;

/** The members of a leaf of a list. Runs of numbers are read as they lie. */
export type Values = Stored[] | Float64Array | Int32Array;

/** A list, or a node of one. */
export interface ListPage {
  readonly kind: typeof Kind.List;
  readonly id: number;
  /** 0: a leaf with `values`; else the distance to the leaves, with `children` and their `counts` of members. */
  height: number;
  values: Values;
  children: number[];
  counts: number[];
  /** What the members of a leaf take at most, in bytes; -1 when nobody has added it up. */
  weight: number;
  /** Whether it has grown out of the block that its number says. */
  moved: boolean;
  /** False once others or the end of a transaction may have changed the page. */
  live: boolean;
  dirty: boolean;
  /** Whether it was used since the cache last looked. */
  used: boolean;
  /** Keys, members and children, as the cache last counted them. */
  counted: number;
}

/** A dictionary or a set, or a node of one. */
export interface DictPage {
  readonly kind: typeof Kind.Object | typeof Kind.Map | typeof Kind.Set;
  id: number;
  /** Members of the whole dictionary in its root, of the page in a leaf. */
  size: number;
  /** 0: a leaf with `keys` and `values`; else the distance to the leaves, with `children`. */
  height: number;
  /** Sorted; of an inner page those at which its children begin, of which the first one doesn't count. */
  keys: EncodedKey[];
  /** In the order of the keys; empty for a set. */
  values: Stored[];
  children: number[];
  /** The members of a leaf that only was read; `keys` and `values` are empty then. */
  packed: PackedMembers | undefined;
  /** What `keys` is when it is the keys of a shape. */
  shape: Shape | undefined;
  /** What the members take at most, in bytes; -1 when nobody has added it up. */
  weight: number;
  /** Members of a large one that were read last, by their keys as the user gives them. */
  recent: Map<unknown, Stored> | undefined;
  moved: boolean;
  live: boolean;
  dirty: boolean;
  used: boolean;
  counted: number;
}

export type Page = ListPage | DictPage;

/** The number of a container that is not stored yet. */
export const UNPLACED = -1;

/** Never changed: inner pages get children of their own. */
const NO_CHILDREN: number[] = [];

const state = { moved: false, live: true, dirty: false, used: true, counted: 0 };

export function listPage(id: number, height = 0, values: Values = []): ListPage {
  const inner = { children: NO_CHILDREN, counts: NO_CHILDREN };
  return { kind: Kind.List, id, height, values, ...inner, weight: -1, ...state };
}

export function dictPage(kind: DictPage['kind'], id = UNPLACED): DictPage {
  const members = {
    keys: [],
    values: [],
    children: NO_CHILDREN,
    packed: undefined,
    shape: undefined,
  };
  return { kind, id, size: 0, height: 0, ...members, recent: undefined, weight: 0, ...state };
}

/** The second byte of a page. */
const Form = { Mixed: 0, Shaped: 1, Branches: 2, Doubles: 3, Ints: 4, Inner: 5 } as const;

/** Sees to it that a page has its members decoded. */
export function unpack(page: Page): void {
  if (page.kind === Kind.List || page.packed === undefined) return;
  Object.assign(page, page.packed.members(), { packed: undefined });
}

/** @param page a decoded one. */
export function writePage(out: ByteWriter, page: Page): void {
  out.u8(page.kind);
  if (page.kind === Kind.List) writeListPage(out, page);
  else writeDictPage(out, page);
}

function writeListPage(out: ByteWriter, { height, values, children, counts }: ListPage): void {
  if (height > 0) {
    out.u8(Form.Inner);
    out.varint(height);
    for (let i = 0; i < children.length; i++) {
      out.u48(children[i] as number);
      out.varint(counts[i] as number);
    }
    return;
  }
  const numbers = Array.isArray(values) ? toNumbers(values) : values;
  if (numbers === undefined) {
    out.u8(Form.Mixed);
    out.varint(values.length);
    for (const value of values) writeStored(out, value);
  } else {
    out.u8(numbers instanceof Int32Array ? Form.Ints : Form.Doubles);
    out.varint(values.length);
    out.bytes(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength));
  }
}

/** The values as a run of numbers, if they are all numbers. */
function toNumbers(values: readonly Stored[]): Float64Array | Int32Array | undefined {
  let ints = true;
  for (const value of values) {
    if (typeof value !== 'number') return undefined;
    if (ints) ints = (value | 0) === value && !Object.is(value, -0);
  }
  if (values.length === 0) return undefined;
  return ints ? Int32Array.from(values as number[]) : Float64Array.from(values as number[]);
}

/** Begins the page of an object of a shape: its members are to follow in the order of the shape. */
export function writeShape(out: ByteWriter, { id, names }: Shape): void {
  out.u8(Kind.Object);
  out.u8(Form.Shaped);
  out.varint(names.length);
  out.varint(id);
}

function writeDictPage(out: ByteWriter, page: DictPage): void {
  const { kind, size, height, keys, values, children, shape } = page;
  if (height > 0) {
    out.u8(Form.Branches);
    out.varint(size);
    out.varint(height);
    for (let i = 0; i < children.length; i++) {
      out.u48(children[i] as number);
      writeKey(out, keys[i] as EncodedKey);
    }
    return;
  }
  out.u8(shape === undefined ? Form.Mixed : Form.Shaped);
  out.varint(keys.length);
  if (shape !== undefined) {
    out.varint(shape.id);
    for (const value of values) writeStored(out, value);
    return;
  }
  for (let i = 0; i < keys.length; i++) {
    writeKey(out, keys[i] as EncodedKey);
    if (kind !== Kind.Set) writeStored(out, values[i]);
  }
}

function writeKey(out: ByteWriter, key: EncodedKey): void {
  if (key.length <= SHORT) out.short(key);
  else {
    out.varint(key.length);
    out.latin1(key);
  }
}

/** The number of the shape that the page to be read needs, if it needs one. */
export function readShapeId(from: ByteReader): number | undefined {
  const { at } = from;
  const kind = from.u8();
  const form = from.u8();
  let shape: number | undefined;
  if (kind !== Kind.List && form === Form.Shaped) {
    from.varint();
    shape = from.varint();
  }
  from.at = at;
  return shape;
}

/** @throws {CorruptError} for what is no page. */
export function readPage(from: ByteReader, id: number, shapes: Shapes): Page {
  const kind = from.u8() as Kind;
  const form = from.u8();
  const count = from.varint();
  if (kind === Kind.List) return readListPage(from, id, form, count);
  if (kind !== Kind.Object && kind !== Kind.Map && kind !== Kind.Set)
    throw new CorruptError(`page ${id} of the map has the unknown kind ${kind}`);
  const page = dictPage(kind, id);
  page.size = count;
  page.weight = -1;
  if (form === Form.Branches) {
    page.height = from.varint();
    page.children = [];
    while (from.at < from.end) {
      page.children.push(from.u48());
      page.keys.push(from.latin1(from.varint()));
    }
  } else if (form === Form.Shaped) {
    page.shape = shapes.get(from.varint());
    page.keys = page.shape.keys;
    for (let i = 0; i < count; i++) page.values.push(readStored(from));
  } else {
    page.packed = PackedMembers.read(from, kind, count);
    if (page.packed !== undefined) return page;
    for (let i = 0; i < count; i++) {
      page.keys.push(from.latin1(from.varint()));
      if (kind !== Kind.Set) page.values.push(readStored(from));
    }
  }
  return page;
}

function readListPage(from: ByteReader, id: number, form: number, count: number): ListPage {
  if (form === Form.Inner) {
    const page = Object.assign(listPage(id, count), { children: [], counts: [] });
    while (from.at < from.end) {
      page.children.push(from.u48());
      page.counts.push(from.varint());
    }
    return page;
  }
  if (form === Form.Mixed) {
    const values: Stored[] = [];
    for (let i = 0; i < count; i++) values.push(readStored(from));
    return listPage(id, 0, values);
  }
  const values = form === Form.Ints ? new Int32Array(count) : new Float64Array(count);
  const start = from.skip(values.byteLength);
  new Uint8Array(values.buffer).set(from.bytes.subarray(start, start + values.byteLength));
  return listPage(id, 0, values);
}
