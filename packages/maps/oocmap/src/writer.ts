import { DictBuilder, ListBuilder } from './builders.js';
import { ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';
import { bigintBytes, objectBytes, stringBytes } from './bytes.js';
import type { Heap } from './heap.js';
import { encodeKey } from './key.js';
import { LazyDict } from './lazy-dict.js';
import { LazyList } from './lazy-list.js';
import { LazySet } from './lazy-set.js';
import { type DictPage, PAGE_BYTES, readPage, UNPLACED, writeShape } from './page.js';
import { Refusal } from './refusal.js';
import { Seen } from './seen.js';
import { Kind, Packed, Reference, SHARED_BYTES, Shared, type Stored } from './stored.js';
import { writeStored } from './stored-codec.js';

/** Strings and bigints shorter than this don't reach {@link SHARED_BYTES}, whatever is in them. */
const SURELY_SHORT = SHARED_BYTES / 3;
const SURELY_SHORT_BIGINT = 2n ** 64n;

/** Containers within each other that calls go down to; what is deeper is stored when they have returned. */
const DEEPEST = 100;

/** A container that has its number, and no members yet. */
interface Empty {
  readonly reference: Reference;
  readonly source: object;
}

/** One call of {@link Writer.store}. */
interface Pass {
  readonly seen: Seen;
  readonly deeper: Empty[];
}

/** Stores plain values: containers from the innermost outwards. */
export class Writer {
  readonly #heap: Heap;
  /** The pages of objects that are being written, an inner one after what there is of the outer one. */
  readonly #out = new ByteWriter();
  readonly #reader = new ByteReader();

  constructor(heap: Heap) {
    this.#heap = heap;
  }

  /**
   * @throws {SchemaError} for what can't be stored, and an object that is in the value twice; nothing is left
   * of it then. @throws {KeyError}
   */
  store(value: unknown): Stored {
    let stored: Stored;
    try {
      const pass: Pass = { seen: new Seen(), deeper: [] };
      stored = this.#store(value, pass, 0);
      for (let next = pass.deeper.pop(); next !== undefined; next = pass.deeper.pop())
        this.#fill(next, pass);
    } catch (error) {
      this.#heap.release(stored);
      throw Refusal.explain(error);
    }
    return stored;
  }

  #store(value: unknown, pass: Pass, depth: number): Stored {
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
        return value === null ? null : this.#storeObject(value, pass, depth);
      default:
        throw new Refusal(value, 'unknown');
    }
  }

  #storeObject(value: object, pass: Pass, depth: number): Stored {
    const kind = kindOf(value);
    if (kind === undefined) {
      const bytes = objectBytes(value);
      if (bytes === undefined) throw new Refusal(value, 'unknown');
      if (bytes.bytes.length >= SHARED_BYTES) return this.#heap.shared.add(bytes);
      return new Packed(bytes.type, Buffer.from(bytes.bytes));
    }
    if (!pass.seen.add(value)) throw new Refusal(value, 'twice');
    if (depth === DEEPEST) return this.#empty(kind, value, pass);
    if (kind === Kind.List) return this.#list(value, pass, depth, new ListBuilder(this.#heap));
    if (kind === Kind.Object && !(value instanceof LazyDict))
      return this.#object(value, pass, depth);
    return this.#dict(value, pass, depth, new DictBuilder(this.#heap, kind));
  }

  /** Makes the container, to be filled later. */
  #empty(kind: Kind, source: object, { deeper }: Pass): Reference {
    const { pages } = this.#heap;
    const { id } = kind === Kind.List ? pages.newList() : pages.newDict(kind);
    const reference = new Reference(kind, id);
    deeper.push({ reference, source });
    return reference;
  }

  #fill({ reference, source }: Empty, pass: Pass): void {
    const page = this.#heap.pages.get(reference.id);
    if (page?.kind === Kind.List) this.#list(source, pass, 0, new ListBuilder(this.#heap, page));
    else if (page !== undefined)
      this.#dict(source, pass, 0, new DictBuilder(this.#heap, page.kind, page));
  }

  #list(source: object, pass: Pass, depth: number, builder: ListBuilder): Reference {
    let at = 0;
    try {
      for (const member of source as Iterable<unknown>) {
        builder.add(this.#store(member, pass, depth + 1));
        at++;
      }
    } catch (error) {
      builder.discard();
      throw Refusal.within(error, source, at);
    }
    return builder.finish();
  }

  /** Writes an object's page as it goes through the members. */
  #object(source: object, pass: Pass, depth: number): Reference {
    const names = Object.keys(source);
    const arrangement = this.#heap.shapes.arrange(names);
    if (arrangement === undefined)
      return this.#dict(source, pass, depth, new DictBuilder(this.#heap, Kind.Object));
    const out = this.#out;
    const start = out.length;
    const held: Stored[] = [];
    let name = '';
    try {
      writeShape(out, arrangement.shape);
      for (const at of arrangement.order) {
        name = names[at] as string;
        const stored = this.#store((source as Record<string, unknown>)[name], pass, depth + 1);
        if (stored instanceof Reference || stored instanceof Shared) held.push(stored);
        writeStored(out, stored);
      }
    } catch (error) {
      for (const stored of held) this.#heap.release(stored);
      out.cut(start);
      throw Refusal.within(error, source, name);
    }
    const reference =
      out.length - start > PAGE_BYTES
        ? this.#spread(out.finish(start))
        : new Reference(Kind.Object, this.#heap.pages.addWritten(out, start));
    out.cut(start);
    return reference;
  }

  /** Makes a dictionary of a written page that is too large to be one. */
  #spread(bytes: Buffer): Reference {
    this.#reader.begin(bytes);
    const { keys, values } = readPage(this.#reader, UNPLACED, this.#heap.shapes) as DictPage;
    const builder = new DictBuilder(this.#heap, Kind.Object);
    for (let i = 0; i < keys.length; i++) builder.add(keys[i] as string, values[i]);
    return builder.finish();
  }

  #dict(source: object, pass: Pass, depth: number, builder: DictBuilder): Reference {
    let key: unknown;
    try {
      for (const entry of entriesOf(source)) {
        key = entry[0];
        const encoded = encodeKey(key);
        builder.add(encoded, this.#store(entry[1], pass, depth + 1));
      }
    } catch (error) {
      builder.discard();
      throw Refusal.within(error, source, key);
    }
    return builder.finish();
  }
}

/** What kind of container an object is; undefined for any other. */
function kindOf(value: object): Kind | undefined {
  if (Array.isArray(value)) return Kind.List;
  const prototype = Object.getPrototypeOf(value);
  // An object literal's, or one without a prototype, of whichever realm.
  if (prototype === null || Object.getPrototypeOf(prototype) === null) return Kind.Object;
  if (value instanceof LazyList) return Kind.List;
  if (value instanceof LazyDict) return value.isObject ? Kind.Object : Kind.Map;
  if (value instanceof Map) return Kind.Map;
  if (value instanceof Set || value instanceof LazySet) return Kind.Set;
  return undefined;
}

function* entriesOf(source: object): Generator<readonly [unknown, unknown]> {
  if (source instanceof Map || source instanceof LazyDict) yield* source.entries();
  else if (source instanceof Set || source instanceof LazySet)
    for (const member of source) yield [member, undefined];
  else yield* Object.entries(source);
}
