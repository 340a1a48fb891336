import { type Awaitable, type Batch, Layer, type Spec, type Store } from '@spillway/core';

/** Lends a byte store to a server: what the server closes stays open. */
export class KeptOpen extends Layer<Uint8Array> {
  constructor(store: Store) {
    super('KeptOpen', store);
  }

  override spec(): Spec {
    return this.innerSpec();
  }

  protected override _append(batch: Batch<Uint8Array>): Awaitable<void> {
    return this.inner._append(batch);
  }

  protected override _get(keys: readonly string[]): Awaitable<Uint8Array[]> {
    return this.inner._get(keys);
  }

  protected override _close(): void {}
}
