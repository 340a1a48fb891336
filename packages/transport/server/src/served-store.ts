import {
  type Awaitable,
  type Batch,
  ClosedError,
  type FlushOptions,
  Layer,
  type Ledger,
  requireBytes,
  type Spec,
  type Store,
} from '@spillway/core';

/** Keys that one pass of the gate yields. */
const KEYS_AT_ONCE = 1000;

/**
 * The store as a server calls it: whole batches that were checked while they were unpacked, past the
 * checks of the public methods but through the same gate.
 */
export class ServedStore extends Layer<Uint8Array> {
  /** @throws {TypeError} when `store` holds no bytes. */
  constructor(store: Store) {
    super('Server', store);
    requireBytes('Server', store);
  }

  override spec(): Spec {
    return this.innerSpec();
  }

  /** The ledger of the store served, if it keeps one. */
  get ledgerBelow(): Ledger | undefined {
    return this.inner.ledger;
  }

  appendBatch(batch: Batch<Uint8Array>): Awaitable<void> {
    this.#requireOpen();
    return this.gate.run('shared', () => this._append(batch));
  }

  getAll(keys: readonly string[]): Awaitable<Uint8Array[]> {
    this.#requireOpen();
    return this.gate.run('shared', () => this._get(keys));
  }

  /** The keys that begin with `prefix`, many at a time. */
  async *keyBatches(prefix: string): AsyncGenerator<string[], void, void> {
    this.#requireOpen();
    const keys = await this.gate.run('shared', () => this._keys(prefix));
    const iterator =
      Symbol.asyncIterator in keys ? keys[Symbol.asyncIterator]() : keys[Symbol.iterator]();
    try {
      for (;;) {
        this.#requireOpen();
        const batch = await this.gate.run('shared', () => take(iterator, KEYS_AT_ONCE));
        if (batch.length > 0) yield batch;
        if (batch.length < KEYS_AT_ONCE) return;
      }
    } finally {
      await iterator.return?.();
    }
  }

  protected override _append(batch: Batch<Uint8Array>): Awaitable<void> {
    return this.inner._append(batch);
  }

  protected override _get(keys: readonly string[]): Awaitable<Uint8Array[]> {
    return this.inner._get(keys);
  }

  protected override _stream(key: string): AsyncIterable<Uint8Array> {
    return this.inner._stream(key);
  }

  protected override _entries(
    prefix: string,
  ): AsyncIterable<readonly [key: string, value: Uint8Array]> {
    return this.inner._entries(prefix);
  }

  protected override _set(batch: Batch<Uint8Array>): Awaitable<void> {
    return this.inner._set(batch);
  }

  protected override _iset(key: string, value: Uint8Array): Awaitable<void> {
    return this.inner._iset(key, value);
  }

  protected override _pop(keys: readonly string[]): Awaitable<Uint8Array[]> {
    return this.inner._pop(keys);
  }

  protected override _flush(options: FlushOptions): Awaitable<void> {
    return this.inner._flush(options);
  }

  #requireOpen(): void {
    if (this.closed) throw new ClosedError(`${this} is closed`);
  }
}

async function take(
  iterator: AsyncIterator<string> | Iterator<string>,
  count: number,
): Promise<string[]> {
  const taken: string[] = [];
  while (taken.length < count) {
    const next = iterator.next();
    const item = next instanceof Promise ? await next : next;
    if (item.done) break;
    taken.push(item.value);
  }
  return taken;
}
