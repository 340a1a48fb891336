import {
  type Batch,
  type Checker,
  checkBytes,
  type Entries,
  lastOfEach,
  toBatch,
} from './entries.js';
import { ClosedError } from './errors.js';
import { type Access, type Awaitable, Gate } from './gate.js';
import { checkKey, checkPrefix, type Key } from './key.js';
import type { Ledger } from './ledger.js';
import {
  byKey,
  type FlushOptions,
  handOver,
  type Primitives,
  replace,
  setOnce,
  take,
  whole,
} from './primitives.js';
import { formatSpec, type Spec } from './spec.js';

/**
 * Keyed values that grow: append to keys, get them back whole, drop everything. The methods here check
 * and normalise once; what a store does is in its primitives ({@link Primitives}).
 *
 * Every method rejects with {@link ClosedError} after `close()`, with {@link KeyError} for a bad key, and
 * with {@link SchemaError} for a bad value, before anything is written.
 *
 * @typeParam V what a key holds: bytes, or what the outermost codec makes of them.
 */
export abstract class Store<V = Uint8Array> implements AsyncDisposable {
  #closing: Promise<void> | undefined;

  /** Where operations wait for each other; a layer's is that of the store it wraps. */
  protected readonly gate: Gate = new Gate();

  /** Whether values are bytes, so that a layer may wrap this store. */
  readonly holdsBytes: boolean = true;

  /** Whether `close()` was called here or on a store underneath. */
  get closed(): boolean {
    return this.#closing !== undefined;
  }

  /**
   * Adds to each key's value. Resolves when the store has accepted all entries; the bytes are the
   * caller's again then. Appends to one key keep their call order, awaited or not.
   */
  async append(entries: Entries<V>): Promise<void> {
    const batch = toBatch(entries, this.primitives);
    if (batch.keys.length > 0 || this.closed)
      return this.#pass('shared', () => this._append(batch));
  }

  /** The value of a key, or of each key of an array, in that order. Bytes returned are read-only. */
  get(key: Key): Promise<V>;
  get(keys: readonly Key[]): Promise<V[]>;
  async get(keys: Key | readonly Key[]): Promise<V | V[]> {
    if (isOne(keys)) {
      const one = [checkKey(keys)];
      return (await this.#pass('shared', () => this._get(one)))[0] as V;
    }
    const many = keys.map(checkKey);
    return this.#pass('shared', () => this._get(many));
  }

  /** The parts of a key's value, for values larger than memory; their join is `get(key)`. */
  async *stream(key: Key): AsyncGenerator<V, void, void> {
    const checked = checkKey(key);
    yield* this.#each(() => this._stream(checked));
  }

  /** Replaces each key's value. Of a key that repeats, the last value stays. */
  async set(entries: Entries<V>): Promise<void> {
    const batch = lastOfEach(toBatch(entries, this.primitives));
    return this.#pass('alone', () => this._set(batch));
  }

  /**
   * Idempotent set, for what belongs to a key once, such as a schema: the first call for a key writes,
   * later ones do nothing.
   */
  async iset(key: Key, value: V): Promise<void> {
    const { keys, values } = toBatch([[key, value]], this.primitives);
    const one = keys[0] as string;
    if (await this.#pass('shared', () => this._has(one))) return;
    return this.#pass('alone', () => this._iset(one, values[0] as V));
  }

  /** What {@link iset} wrote. */
  async iget(key: Key): Promise<V> {
    return this.get(key);
  }

  /** Whether a key was ever appended to or set, and not deleted since. */
  async has(key: Key): Promise<boolean> {
    const checked = checkKey(key);
    return this.#pass('shared', () => this._has(checked));
  }

  /** The keys that begin with `prefix`, each present one once. */
  async *keys(prefix = ''): AsyncGenerator<string, void, void> {
    const checked = checkPrefix(prefix);
    yield* this.#each(() => this._keys(checked));
  }

  /**
   * Each key that begins with `prefix` with its value, in the order that is cheapest to read: for reading
   * a whole store. A key deleted meanwhile may come with the value of an absent one.
   */
  async *entries(prefix = ''): AsyncGenerator<readonly [key: string, value: V], void, void> {
    const checked = checkPrefix(prefix);
    yield* this.#each(() => this._entries(checked));
  }

  /** Removes keys; absent ones are no error. */
  async delete(keys: Key | readonly Key[]): Promise<void> {
    const checked = isOne(keys) ? [checkKey(keys)] : keys.map(checkKey);
    return this.#pass('alone', () => this._delete(checked));
  }

  /**
   * Gets and deletes as one step: of concurrent poppers, one gets the bytes. A key that repeats is taken
   * once, and its value is in each of its places.
   */
  pop(key: Key): Promise<V>;
  pop(keys: readonly Key[]): Promise<V[]>;
  async pop(keys: Key | readonly Key[]): Promise<V | V[]> {
    const checked = isOne(keys) ? [checkKey(keys)] : keys.map(checkKey);
    const once = [...new Set(checked)];
    const values = await this.#pass('alone', () => this._pop(once));
    if (isOne(keys)) return values[0] as V;
    if (once.length === checked.length) return values;
    const taken = new Map(once.map((key, i) => [key, values[i] as V]));
    return checked.map((key) => taken.get(key) as V);
  }

  /**
   * Runs `work` while no other process or caller reads or writes. The `store` it gets is this one, past
   * the gate; it is closed when `work` ends.
   *
   * @throws {LockError} when another process does not let go within the store's `lockTimeout`.
   */
  async exclusive<T>(work: (store: Store<V>) => Awaitable<T>): Promise<T> {
    return this.#pass('exclusive', async () => {
      const held = new HeldStore(this, this.primitives);
      try {
        return await work(held);
      } finally {
        await held.close();
      }
    });
  }

  /** Resolves when everything accepted is in the slowest layer. */
  async flush(options: FlushOptions = {}): Promise<void> {
    return this.#pass('shared', () => this._flush(options));
  }

  /** Deletes the contents. The store stays usable. */
  async drop(): Promise<void> {
    return this.#pass('alone', () => this._drop());
  }

  /**
   * Flushes, then releases everything held. What a temporary store wrote is deleted. Closing again gives
   * the same promise. When the flush fails, everything is released all the same and `close` rejects.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The store's spec, e.g. `Msgpack(LZ4(File("orders")))`, which `open(spec)` turns into an equal handle. */
  toString(): string {
    return formatSpec(this.spec());
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  /** The factory call that makes an equal store. */
  abstract spec(): Spec;

  /** Throws a {@link SchemaError} unless the value is one this store takes. */
  protected check(value: unknown, key: string): asserts value is V {
    checkBytes(value, key);
  }

  /** Which batches with an origin this store holds; `undefined` unless it keeps that in one step with them. */
  protected get ledger(): Ledger | undefined {
    return undefined;
  }

  /** Bytes from which on the memory of owned values is kept rather than copied. */
  protected get keepsFrom(): number {
    return Number.POSITIVE_INFINITY;
  }

  protected abstract _append(batch: Batch<V>): Awaitable<void>;
  protected abstract _get(keys: readonly string[]): Awaitable<V[]>;
  protected abstract _has(key: string): Awaitable<boolean>;
  protected abstract _keys(prefix: string): Iterable<string> | AsyncIterable<string>;
  protected abstract _delete(keys: readonly string[]): Awaitable<void>;
  protected abstract _drop(): Awaitable<void>;

  protected _stream(key: string): AsyncIterable<V> {
    return whole(this.primitives, key);
  }

  protected _entries(prefix: string): AsyncIterable<readonly [key: string, value: V]> {
    return byKey(this.primitives, prefix);
  }

  protected _set(batch: Batch<V>): Awaitable<void> {
    return replace(this.primitives, batch);
  }

  protected _iset(key: string, value: V): Awaitable<void> {
    return setOnce(this.primitives, key, value);
  }

  protected _pop(keys: readonly string[]): Awaitable<V[]> {
    return take(this.primitives, keys);
  }

  protected _drain(
    keys: readonly string[],
    sink: (batch: Batch<V>) => Promise<void>,
  ): Promise<void> {
    return handOver(this.primitives, keys, sink);
  }

  protected _flush(_options: FlushOptions): Awaitable<void> {}

  /** What is due before the store is released: a flush, unless something underneath sees to it. */
  protected _finish(): Awaitable<void> {
    return this._flush({});
  }

  protected _close(): Awaitable<void> {}

  /** The primitives and the gate of another store, for the layers around it. */
  protected static behind<V>(store: Store<V>): {
    readonly primitives: Primitives<V>;
    readonly gate: Gate;
  } {
    return { primitives: store.primitives, gate: store.gate };
  }

  /** This store as core and layers call it: protected members can be called on `this` only. */
  private get primitives(): Primitives<V> {
    return this as unknown as Primitives<V>;
  }

  async #close(): Promise<void> {
    try {
      await this.gate.run('closing', () => this._finish());
    } finally {
      await this._close();
    }
  }

  #pass<T>(access: Access, work: () => Awaitable<T>): Awaitable<T> {
    if (this.closed) throw new ClosedError(`${this} is closed`);
    return this.gate.run(access, work);
  }

  /** Passes the gate for each item, so that a reader who pauses holds up nobody. */
  async *#each<T>(open: () => Iterable<T> | AsyncIterable<T>): AsyncGenerator<T, void, void> {
    const source = await this.#pass('shared', open);
    const iterator =
      Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
    try {
      for (;;) {
        const item = await this.#pass('shared', () => iterator.next());
        if (item.done) return;
        yield item.value;
      }
    } finally {
      await iterator.return?.();
    }
  }
}

/** What `exclusive` hands to its caller: the same primitives behind a gate of their own. */
class HeldStore<V> extends Store<V> {
  override readonly holdsBytes: boolean;
  readonly #store: Store<V>;
  readonly #held: Primitives<V>;
  #released = false;

  constructor(store: Store<V>, held: Primitives<V>) {
    super();
    this.#store = store;
    this.#held = held;
    this.holdsBytes = store.holdsBytes;
  }

  override get closed(): boolean {
    // The store's own close waits for the work under way.
    return this.#released;
  }

  override async close(): Promise<void> {
    this.#released = true;
  }

  override spec(): Spec {
    return this.#store.spec();
  }

  protected override check(value: unknown, key: string): asserts value is V {
    const held: Checker<V> = this.#held;
    held.check(value, key);
  }

  protected override _append = (batch: Batch<V>) => this.#held._append(batch);
  protected override _get = (keys: readonly string[]) => this.#held._get(keys);
  protected override _stream = (key: string) => this.#held._stream(key);
  protected override _has = (key: string) => this.#held._has(key);
  protected override _keys = (prefix: string) => this.#held._keys(prefix);
  protected override _entries = (prefix: string) => this.#held._entries(prefix);
  protected override _set = (batch: Batch<V>) => this.#held._set(batch);
  protected override _iset = (key: string, value: V) => this.#held._iset(key, value);
  protected override _delete = (keys: readonly string[]) => this.#held._delete(keys);
  protected override _pop = (keys: readonly string[]) => this.#held._pop(keys);
  protected override _flush = (options: FlushOptions) => this.#held._flush(options);
  protected override _drop = () => this.#held._drop();
}

function isOne(keys: Key | readonly Key[]): keys is Key {
  return !Array.isArray(keys);
}
