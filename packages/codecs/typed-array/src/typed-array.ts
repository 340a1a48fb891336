import {
  type Awaitable,
  type Batch,
  ClosedError,
  checkKey,
  type FlushOptions,
  type Key,
  Layer,
  quote,
  requireBytes,
  SchemaError,
  type Spec,
  type Store,
} from '@spillway/core';
import { classOf, dtypeOf, type NumericArray } from './dtype.js';
import { checkWhole, inWhole, toArray, toBytes } from './elements.js';
import { fromInner, sideKey, toInner } from './side-keys.js';

/**
 * Typed arrays as Python's `partd.Numpy` keeps arrays of one dimension
 * (https://github.com/dask/partd/blob/main/partd/numpy.py): the elements of all appends one after another,
 * little-endian, without frames, and NumPy's `dtype.str` under `<key>.dtype`.
 *
 * All arrays of a key have one dtype, which the first one decides for everybody: another one is a
 * {@link SchemaError}, and nothing is written. `get` gives an array over the stored bytes; an absent key is an empty
 * `Uint8Array`.
 *
 * @param store the byte store to wrap.
 * @typeParam V the class of the arrays; stored ones are not checked against it.
 * @throws {TypeError} when `store` holds no bytes, and on a big-endian machine.
 */
export function TypedArray<V extends NumericArray = NumericArray>(
  store: Store,
): TypedArrayStore<V> {
  return new TypedArrayStore<V>(store);
}

/** What {@link TypedArray} makes. */
export class TypedArrayStore<V extends NumericArray = NumericArray> extends Layer<V> {
  override readonly holdsBytes = false;
  /** Resolves when the appends called so far have their places in the inner store. */
  #placed: Promise<void> | undefined;
  /** Clears up after writers that raced or failed. */
  #tidying: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(store: Store) {
    super('TypedArray', store);
    requireBytes('TypedArray', store);
    if (!LITTLE_ENDIAN) throw new TypeError('TypedArray needs a little-endian machine');
  }

  override spec(): Spec {
    return { name: 'TypedArray', args: [this.innerSpec()] };
  }

  /** NumPy's `dtype.str` of a key's arrays, `<f8` for one; `undefined` for an absent key. */
  async dtype(key: Key): Promise<string | undefined> {
    const checked = checkKey(key);
    if (this.closed) throw new ClosedError(`${this} is closed`);
    const [side] = await this.gate.run('shared', () => this.inner._get([sideOf(checked)]));
    return toDtype(side as Uint8Array, checked);
  }

  override async flush(options?: FlushOptions): Promise<void> {
    await super.flush(options);
    await this.#tidying;
  }

  override close(): Promise<void> {
    this.#closing ??= super.close().finally(() => this.#tidying);
    return this.#closing;
  }

  protected override check(value: unknown, key: string): asserts value is V {
    dtypeOf(value, key);
  }

  protected override async _append(batch: Batch<V>): Promise<void> {
    const dtypes = dtypesOf(batch);
    const before = this.#placed;
    let place = () => {};
    this.#placed = new Promise((resolve) => (place = resolve));
    let declared: readonly string[] = [];
    try {
      let missing = await this.#missing(dtypes);
      await before;
      // An append before this one may have declared them by now.
      if (missing.size > 0) missing = await this.#missing(missing);
      declared = [...missing.keys()];
      if (declared.length > 0) await this.#declare(missing);
      const appended = this.inner._append(toInnerBatch(batch));
      place();
      await appended;
    } catch (error) {
      if (declared.length > 0) this.#tidy(declared);
      throw error;
    } finally {
      place();
    }
  }

  protected override _set(batch: Batch<V>): Awaitable<void> {
    const { keys, values } = toInnerBatch(batch);
    const dtypes = dtypesOf(batch);
    return this.inner._set({
      keys: [...[...dtypes.keys()].map(sideOf), ...keys],
      values: [...[...dtypes.values()].map((dtype) => encoder.encode(dtype)), ...values],
    });
  }

  protected override async _get(keys: readonly string[]): Promise<V[]> {
    return keys.map(toArrayOf<V>(await this.inner._get(withSides(keys))));
  }

  protected override async _pop(keys: readonly string[]): Promise<V[]> {
    const inner = withSides(keys);
    const stored = await this.inner._pop(inner);
    try {
      return keys.map(toArrayOf<V>(stored));
    } catch (error) {
      const found = new Map(inner.map((key, i) => [key, stored[i] as Uint8Array] as const));
      for (const [key, bytes] of found) if (bytes.length === 0) found.delete(key);
      await this.inner._append({ keys: [...found.keys()], values: [...found.values()] });
      throw error;
    }
  }

  protected override async *_stream(key: string): AsyncGenerator<V, void, void> {
    const inner = toInner(key);
    const [side] = await this.inner._get([sideKey(inner)]);
    const dtype = toDtype(side as Uint8Array, key);
    if (dtype === undefined) {
      yield toArrayOf<V>(await this.inner._get(withSides([key])))(key, 0);
    } else {
      const pieces = this.inner._stream(inner);
      yield* inWhole(pieces, classOf(dtype, key), key) as AsyncGenerator<V, void, void>;
    }
  }

  protected override _has(key: string): Awaitable<boolean> {
    return this.inner._has(toInner(key));
  }

  protected override async *_keys(prefix: string): AsyncGenerator<string, void, void> {
    for await (const inner of this.inner._keys(prefix)) {
      const key = fromInner(inner);
      if (key?.startsWith(prefix)) yield key;
    }
  }

  protected override _delete(keys: readonly string[]): Awaitable<void> {
    return this.inner._delete(withSides(keys));
  }

  /**
   * Those of these dtypes that aren't stored.
   *
   * @throws {SchemaError} naming the first key that has another one.
   */
  async #missing(dtypes: Dtypes): Promise<Dtypes> {
    const stored = await this.inner._get([...dtypes.keys()].map(sideOf));
    const missing = [...dtypes].filter(([key, dtype], i) => {
      const [decided] = readDtypes(stored[i] as Uint8Array);
      if (decided !== undefined && decided !== dtype) throw mixed(key, decided, dtype);
      return decided === undefined;
    });
    return new Map(missing);
  }

  /**
   * Stores the dtypes of new keys. Writers that don't know of each other may do so at once: what they append then
   * stands in one order for all, and the first decides.
   *
   * @throws {SchemaError} naming the first key of which another writer was faster with another dtype.
   */
  async #declare(dtypes: Dtypes): Promise<void> {
    const keys = [...dtypes.keys()];
    for (const key of keys) await this.#checkUntouched(key);
    const values = [...dtypes.values()].map((dtype) => encoder.encode(dtype));
    await this.inner._append({ keys: keys.map(sideOf), values });
    const stored = await this.inner._get(keys.map(sideOf));
    if (stored.some((bytes, i) => bytes.length > (values[i] as Uint8Array).length))
      this.#tidy(keys);
    await this.#missing(dtypes);
  }

  /** @throws {CorruptError} when a key without a dtype holds bytes: elements of what, they don't say. */
  async #checkUntouched(key: string): Promise<void> {
    if (await this._has(key)) await this._get([key]);
  }

  /** Leaves one dtype of those that were declared at once, and none of a key whose first append failed. */
  #tidy(keys: readonly string[]): void {
    const tidied = this.gate.run('alone', async () => {
      const stored = await this.inner._get(keys.map(sideOf));
      for (const [i, key] of keys.entries()) {
        const [first, ...others] = readDtypes(stored[i] as Uint8Array);
        if (!(await this._has(key))) await this.inner._delete([sideOf(key)]);
        else if (first !== undefined && others.length > 0)
          await this.inner._set({ keys: [sideOf(key)], values: [encoder.encode(first)] });
      }
    });
    this.#tidying = Promise.all([this.#tidying, tidied]).then(() => {});
    this.#tidying.catch(() => {});
  }
}

const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** `dtype.str` by key. */
type Dtypes = ReadonlyMap<string, string>;

/** Where the dtype of a user's key is. */
function sideOf(key: string): string {
  return sideKey(toInner(key));
}

/** The inner keys of values, then those of their dtypes. */
function withSides(keys: readonly string[]): string[] {
  const inner = keys.map(toInner);
  return [...inner, ...inner.map(sideKey)];
}

/** What gives each key's array from what was stored for {@link withSides}. */
function toArrayOf<V extends NumericArray>(
  stored: readonly Uint8Array[],
): (key: string, index: number) => V {
  return (key, index) => {
    const bytes = stored[index] as Uint8Array;
    const dtype = toDtype(stored[stored.length / 2 + index] as Uint8Array, key);
    if (dtype === undefined && bytes.length === 0) return new Uint8Array(0) as V;
    const Class = classOf(dtype, key);
    checkWhole(bytes.length, Class.BYTES_PER_ELEMENT, key);
    return toArray(bytes, Class) as V;
  };
}

/** The batch as the inner store takes it. */
function toInnerBatch<V extends NumericArray>({ keys, values }: Batch<V>): Batch<Uint8Array> {
  return { keys: keys.map(toInner), values: values.map(toBytes) };
}

/**
 * The dtype of each key of a batch.
 *
 * @throws {SchemaError} naming the first key that has two.
 */
function dtypesOf<V extends NumericArray>({ keys, values }: Batch<V>): Dtypes {
  const dtypes = new Map<string, string>();
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string;
    const dtype = dtypeOf(values[i], key);
    const before = dtypes.get(key);
    if (before === undefined) dtypes.set(key, dtype);
    else if (before !== dtype) throw mixed(key, before, dtype);
  }
  return dtypes;
}

function mixed(key: string, before: string, dtype: string): SchemaError {
  return new SchemaError(
    `key ${quote(key)} holds elements of dtype ${before}, and elements of dtype ${dtype} can't be appended to them; convert them, or use another key`,
    { key },
  );
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('latin1');

/**
 * What is stored as a key's dtype: one, or several where writers raced or were buffered apart, and `undefined` for
 * none.
 */
function readDtypes(bytes: Uint8Array): (string | undefined)[] {
  const text = decoder.decode(bytes);
  if (text.startsWith('[')) return [text];
  return text.match(/[<>|=]?[^<>|=]+/g) ?? [undefined];
}

/**
 * The one dtype of a key.
 *
 * @throws {SchemaError} naming the key when there are several: writers that were buffered apart mixed them.
 */
function toDtype(bytes: Uint8Array, key: string): string | undefined {
  const [first, ...others] = readDtypes(bytes);
  const other = others.find((dtype) => dtype !== first);
  if (other === undefined) return first;
  throw new SchemaError(
    `key ${quote(key)} holds elements of dtypes ${first} and ${other}: its writers didn't see each other`,
    { key },
  );
}
