import type { Awaitable, Gate } from './gate.js';
import { typeName } from './key.js';
import type { FlushOptions, Primitives } from './primitives.js';
import type { Spec } from './spec.js';
import { Store } from './store.js';

/**
 * A store over another one. What concerns keys alone is passed on here; a layer implements what concerns
 * values. Operations pass the gate of the wrapped store, `close` closes it.
 *
 * @typeParam V what the layer takes and gives. @typeParam I what the wrapped store holds.
 */
export abstract class Layer<V, I = Uint8Array> extends Store<V> {
  protected override readonly gate: Gate;
  /** The wrapped store's primitives. */
  protected readonly inner: Primitives<I>;
  /** The wrapped store. */
  readonly wrapped: Store<I>;

  /** @throws {TypeError} when `store` is no store. */
  constructor(name: string, store: Store<I>) {
    super();
    requireStore(name, store);
    const { primitives, gate } = Store.behind(store);
    this.gate = gate;
    this.inner = primitives;
    this.wrapped = store;
  }

  override get closed(): boolean {
    return super.closed || this.wrapped.closed;
  }

  /** The wrapped store's spec. */
  protected innerSpec(): Spec {
    return this.wrapped.spec();
  }

  protected override _has(key: string): Awaitable<boolean> {
    return this.inner._has(key);
  }

  protected override _keys(prefix: string): Iterable<string> | AsyncIterable<string> {
    return this.inner._keys(prefix);
  }

  protected override _delete(keys: readonly string[]): Awaitable<void> {
    return this.inner._delete(keys);
  }

  protected override _flush(options: FlushOptions): Awaitable<void> {
    return this.inner._flush(options);
  }

  protected override _drop(): Awaitable<void> {
    return this.inner._drop();
  }

  /** Nothing: the wrapped store is closed, too. */
  protected override _finish(): Awaitable<void> {}

  protected override _close(): Awaitable<void> {
    return this.wrapped.close();
  }
}

/** @throws {TypeError} unless `store` is a store. */
export function requireStore(name: string, store: unknown): asserts store is Store<unknown> {
  if (!(store instanceof Store))
    throw new TypeError(`${name} wraps a store, not ${typeName(store)}`);
}

/** @throws {TypeError} unless `store` is a store of bytes, which `Msgpack(…)` for one is not. */
export function requireBytes(name: string, store: unknown): asserts store is Store {
  requireStore(name, store);
  if (!store.holdsBytes) {
    throw new TypeError(
      `${name} wraps a store of bytes, and ${store} holds values; nest them the other way round`,
    );
  }
}
