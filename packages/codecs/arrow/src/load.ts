import { type Data, DataType, type Dictionary, type Field, type Union, Vector } from 'apache-arrow';
import { checkIndices, checkOffsets, checkTypeIds, checkViews } from './check-column.js';
import {
  elementsOf,
  layoutOf,
  makeColumn,
  type Offsets,
  type Parts,
  storedType,
  type Values,
  valuesArrayOf,
} from './column.js';
import { nulls } from './nulls.js';

/** The columns of one record batch as its message describes them, in the order of its schema. */
export interface Source {
  /** Length and nulls of each column and child, parents first. */
  readonly nodes: readonly { readonly length: number; readonly nullCount: number }[];
  /** How many extra buffers each column of views has. */
  readonly variadicBufferCounts: readonly number[];
  /** Whether unions have validity bits, as they had before metadata version 5. */
  readonly unionValidity: boolean;
  /** The next buffer's bytes. */
  readonly nextBuffer: () => Uint8Array;
  /** Passes over a buffer. */
  readonly skipBuffer: () => void;
  readonly dictionaries: ReadonlyMap<number, Vector>;
}

/**
 * Makes columns that are views of a message's body, and checks all that reading them relies on: lengths, offsets,
 * indices. The library's own loader believes everything.
 */
export class ColumnLoader {
  readonly #source: Source;
  #node = 0;
  #variadic = 0;

  constructor(source: Source) {
    this.#source = source;
  }

  /**
   * The next columns, each of `length` rows.
   *
   * @throws {RangeError} naming the field and saying what is wrong with it.
   */
  columns(fields: readonly Field[], length: number): Data[] {
    return fields.map((field) => {
      const column = this.#column(field.type, field.name);
      if (column.length < length) fail(field.name, `has ${column.length} of ${length} rows`);
      return column.length === length ? column : column.slice(0, length);
    });
  }

  #column(type: DataType, field: string): Data {
    const layout = layoutOf(type);
    const { length, nullCount } = this.#source.nodes[this.#node++] ?? fail(field, 'is missing');
    if (!(length >= 0 && length <= MAX_ROWS)) fail(field, `can't have ${length} rows`);
    if (!(nullCount >= 0 && nullCount <= length)) fail(field, `can't have ${nullCount} nulls`);
    if (layout === 'null') return makeColumn(type, length, length, {});
    const isUnion = layout === 'union';
    let validity: Uint8Array = NO_BITS;
    if (nullCount > 0 && !isUnion)
      validity = first(this.#source.nextBuffer(), (length + 7) >> 3, field);
    else if (!isUnion || this.#source.unionValidity) this.#source.skipBuffer();
    const parts = this.#parts(type, length, field);
    parts.validity = validity;
    const column = makeColumn(type, length, validity.length > 0 ? -1 : 0, parts);
    if (layout === 'dictionary') checkIndices(column, field);
    return column;
  }

  #parts(type: DataType, length: number, field: string): Parts {
    switch (layoutOf(type)) {
      case 'bits':
        return { values: first(this.#source.nextBuffer(), (length + 7) >> 3, field) };
      case 'fixed':
        return { values: this.#values(type, length, field) };
      case 'bytes': {
        const offsets = this.#offsets(type, length, field);
        const bytes = this.#source.nextBuffer();
        const end = checkOffsets(offsets, bytes.length, field);
        return { offsets, values: first(bytes, end, field) };
      }
      case 'views': {
        const values = this.#values(type, length, field) as Uint8Array;
        const count = this.#source.variadicBufferCounts[this.#variadic++] ?? 0;
        const variadic = Array.from({ length: count }, () => this.#source.nextBuffer());
        checkViews(values, variadic, field);
        return { values, variadic };
      }
      case 'list': {
        const offsets = this.#offsets(type, length, field);
        const child = this.#child(type, field);
        checkOffsets(offsets, child.length, field);
        return { offsets, children: [child] };
      }
      case 'fixed-list':
        return { children: this.columns([childOf(type, field)], countOf(type, length, field)) };
      case 'struct':
        return { children: this.columns(type.children, length) };
      case 'union':
        return this.#union(type as Union, length, field);
      default:
        return this.#indices(type as Dictionary, length, field);
    }
  }

  #child(type: DataType, field: string): Data {
    const child = childOf(type, field);
    return this.#column(child.type, `${field}.${child.name}`);
  }

  #union(type: Union, length: number, field: string): Parts {
    const bytes = first(this.#source.nextBuffer(), length, field);
    const typeIds = new Int8Array(bytes.buffer, bytes.byteOffset, length);
    if (DataType.isSparseUnion(type)) {
      const children = this.columns(type.children, length);
      checkTypeIds(type, typeIds, children, undefined, field);
      return { typeIds, children };
    }
    const offsets = view(Int32Array, this.#source.nextBuffer(), length, field) as Int32Array;
    const children = type.children.map((child) =>
      this.#column(child.type, `${field}.${child.name}`),
    );
    checkTypeIds(type, typeIds, children, offsets, field);
    return { typeIds, offsets, children };
  }

  #indices(type: Dictionary, length: number, field: string): Parts {
    const values = this.#values(type, length, field);
    const dictionary = this.#source.dictionaries.get(type.id);
    return { values, dictionary: dictionary ?? new Vector([nulls(type.dictionary, 0)]) };
  }

  #values(type: DataType, length: number, field: string): Values {
    const stored = storedType(type);
    const count = countOf(stored, length, field);
    return view(valuesArrayOf(stored), this.#source.nextBuffer(), count, field);
  }

  /** One offset more than there are rows; writers may leave out that of no rows. */
  #offsets(type: DataType, length: number, field: string): Offsets {
    const bytes = this.#source.nextBuffer();
    const OffsetArray = type.OffsetArrayType as unknown as ReturnType<typeof valuesArrayOf>;
    if (length === 0 && bytes.length === 0) return new OffsetArray(1) as Offsets;
    return view(OffsetArray, bytes, length + 1, field) as Offsets;
  }
}

/** Rows that one record batch may have; Arrow's JavaScript counts no further. */
const MAX_ROWS = 2 ** 31 - 1;

const NO_BITS = new Uint8Array(0);

function childOf(type: DataType, field: string): Field {
  return type.children[0] ?? fail(field, `is of the type ${type} without its child`);
}

/** How many elements `length` values of a type have. */
function countOf(type: DataType, length: number, field: string): number {
  const count = length * elementsOf(type);
  if (!Number.isSafeInteger(count) || count < 0) fail(field, 'has values of an impossible size');
  return count;
}

/** The first elements in a buffer; a copy where they don't begin at a multiple of their size. */
function view(
  ArrayType: ReturnType<typeof valuesArrayOf>,
  bytes: Uint8Array,
  count: number,
  field: string,
): Values {
  const part = first(bytes, count * ArrayType.BYTES_PER_ELEMENT, field);
  const aligned = part.byteOffset % ArrayType.BYTES_PER_ELEMENT === 0 ? part : new Uint8Array(part);
  return new ArrayType(aligned.buffer, aligned.byteOffset, count);
}

function first(bytes: Uint8Array, count: number, field: string): Uint8Array {
  if (bytes.length === count) return bytes;
  if (bytes.length < count) fail(field, `has a buffer of ${bytes.length} bytes and needs ${count}`);
  return bytes.subarray(0, count);
}

function fail(field: string, what: string): never {
  throw new RangeError(`its field "${field}" ${what}`);
}
