import { SchemaError, typeName } from '@spillway/core';
import { DictBuilder, ListBuilder, ObjectBuilder } from './builders.js';
import { ByteWriter } from './byte-writer.js';
import { bigintBytes, objectBytes, stringBytes } from './bytes.js';
import { DictFrame, type Frame, ListFrame, ObjectFrame, SetFrame } from './frames.js';
import type { Heap } from './heap.js';
import { LazyDict } from './lazy-dict.js';
import { LazyList } from './lazy-list.js';
import { LazySet } from './lazy-set.js';
import { Kind, Packed, type Reference, SHARED_BYTES, type Stored } from './stored.js';

/** Given for a value that is a container, and needs a frame. */
const CONTAINER = Symbol('container');

/** Strings and bigints shorter than this don't reach {@link SHARED_BYTES}, whatever is in them. */
const SURELY_SHORT = SHARED_BYTES / 3;
const SURELY_SHORT_BIGINT = 2n ** 64n;

/** Stores plain values: containers from the innermost outwards, on a stack of its own and not that of the calls. */
export class Writer {
  readonly #heap: Heap;
  readonly #bytes = new ByteWriter();

  constructor(heap: Heap) {
    this.#heap = heap;
  }

  /**
   * @throws {SchemaError} for what can't be stored, and an object that is in the value twice; nothing is left
   * of it then. @throws {KeyError}
   */
  store(value: unknown): Stored {
    const leaf = this.#leaf(value);
    return leaf === CONTAINER ? this.#storeContainer(value as object) : leaf;
  }

  #storeContainer(value: object): Reference {
    const frames: Frame[] = [];
    try {
      let frame = this.#frame(value, frames);
      frames.push(frame);
      let seen: Seen | undefined;
      for (;;) {
        if (!frame.next()) {
          const reference = frame.finish();
          frames.pop();
          const outer = frames.at(-1);
          if (outer === undefined) return reference;
          frame = outer;
          frame.add(reference);
          continue;
        }
        const leaf = this.#leaf(frame.value, frames);
        if (leaf !== CONTAINER) {
          frame.add(leaf);
          continue;
        }
        const inner = frame.value as object;
        seen ??= new Seen(value);
        if (!seen.add(inner)) throw twice(inner, frames);
        frame = this.#frame(inner, frames);
        frames.push(frame);
      }
    } catch (error) {
      for (const frame of frames) frame.discard();
      throw error;
    }
  }

  #leaf(value: unknown, frames: readonly Frame[] = []): Stored | typeof CONTAINER {
    switch (typeof value) {
      case 'number':
      case 'boolean':
      case 'undefined':
        return value;
      case 'string': {
        if (value.length < SURELY_SHORT) return value;
        const bytes = stringBytes(value);
        return bytes.bytes.length < SHARED_BYTES ? value : this.#heap.shared.add(bytes);
      }
      case 'bigint': {
        if (value < SURELY_SHORT_BIGINT && value > -SURELY_SHORT_BIGINT) return value;
        const bytes = bigintBytes(value);
        return bytes.bytes.length < SHARED_BYTES ? value : this.#heap.shared.add(bytes);
      }
      case 'object':
        break;
      default:
        throw refused(value, frames);
    }
    if (value === null) return null;
    if (Array.isArray(value) || isPlain(value)) return CONTAINER;
    const bytes = objectBytes(value);
    if (bytes === undefined) return CONTAINER;
    if (bytes.bytes.length >= SHARED_BYTES) return this.#heap.shared.add(bytes);
    return new Packed(bytes.type, Buffer.from(bytes.bytes));
  }

  #frame(source: object, frames: readonly Frame[]): Frame {
    const heap = this.#heap;
    if (Array.isArray(source)) return new ListFrame(source, source.values(), new ListBuilder(heap));
    if (isPlain(source))
      return new ObjectFrame(source, new ObjectBuilder(heap, this.#bytes, Object.keys(source)));
    if (source instanceof LazyList)
      return new ListFrame(source, source[Symbol.iterator](), new ListBuilder(heap));
    if (source instanceof LazyDict) {
      const kind = source.isObject ? Kind.Object : Kind.Map;
      return new DictFrame(source, source.entries(), new DictBuilder(heap, kind));
    }
    if (source instanceof Map)
      return new DictFrame(source, source.entries(), new DictBuilder(heap, Kind.Map));
    if (source instanceof Set || source instanceof LazySet)
      return new SetFrame(source, source.values(), new DictBuilder(heap, Kind.Set));
    throw refused(source, frames);
  }
}

/** Up to so many objects, looking at each is quicker than a Set. */
const FEW = 8;

/** The objects that a value is made of. */
class Seen {
  readonly #few: object[];
  #many: Set<object> | undefined;

  constructor(first: object) {
    this.#few = [first];
  }

  /** @returns whether the object is new. */
  add(value: object): boolean {
    if (this.#many === undefined && this.#few.length < FEW) {
      if (this.#few.includes(value)) return false;
      this.#few.push(value);
      return true;
    }
    this.#many ??= new Set(this.#few);
    if (this.#many.has(value)) return false;
    this.#many.add(value);
    return true;
  }
}

/** An object literal's, or one without a prototype, of whichever realm. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** How many parts of a place a message shows. */
const PARTS_SHOWN = 12;

function place(frames: readonly Frame[]): string {
  if (frames.length === 0) return '';
  const shown = frames.slice(-PARTS_SHOWN).map((frame) => frame.where());
  return ` at ${frames.length > PARTS_SHOWN ? '…' : ''}${shown.join('')}`;
}

function refused(value: unknown, frames: readonly Frame[]): SchemaError {
  return new SchemaError(
    `${typeName(value)}${place(frames)} can't be stored: use plain objects, arrays, Maps, Sets, Dates, bytes, typed arrays and primitives`,
  );
}

function twice(value: object, frames: readonly Frame[]): SchemaError {
  const cyclic = frames.some(({ source }) => source === value);
  return new SchemaError(
    cyclic
      ? `${typeName(value)}${place(frames)} contains itself: an OOCMap stores trees`
      : `${typeName(value)}${place(frames)} is in the value a second time: an OOCMap stores trees, so copy it (structuredClone) for each place`,
  );
}
