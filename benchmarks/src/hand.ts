import { type Awaitable, type Batch, type Spec, Store } from 'spillway';

/** Holds what it was handed last, at no cost: what remains is the layer's around it. */
export class Hand extends Store {
  #values: readonly Uint8Array[] = [];

  /** The bytes of what it holds. */
  get bytes(): number {
    return this.#values.reduce((sum, { length }) => sum + length, 0);
  }

  override spec(): Spec {
    return { name: 'Hand', args: [] };
  }

  protected override _append({ values }: Batch<Uint8Array>): void {
    this.#values = values;
  }

  protected override _get(): Awaitable<Uint8Array[]> {
    return [...this.#values];
  }

  protected override _has(): boolean {
    return false;
  }

  protected override _keys(): string[] {
    return [];
  }

  protected override _delete(): void {}

  protected override _drop(): void {}
}
