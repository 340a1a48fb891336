import type { Batch } from '../entries.js';
import { concatBytes } from '../frame.js';
import type { Spec } from '../spec.js';
import { Store } from '../store.js';

/** The plainest store there can be: what the suite puts under layers, and checks itself with. */
export function Reference(): ReferenceStore {
  return new ReferenceStore();
}

/** What {@link Reference} makes. */
export class ReferenceStore extends Store {
  protected readonly values = new Map<string, Uint8Array>();

  override spec(): Spec {
    return { name: 'Reference', args: [] };
  }

  protected override _append({ keys, values }: Batch<Uint8Array>): void | Promise<void> {
    for (const [i, key] of keys.entries()) {
      const added = (values[i] as Uint8Array).slice();
      const held = this.values.get(key);
      this.values.set(key, held ? concatBytes([held, added]) : added);
    }
  }

  protected override _get(keys: readonly string[]): Uint8Array[] | Promise<Uint8Array[]> {
    return keys.map((key) => this.values.get(key) ?? new Uint8Array(0));
  }

  protected override _has(key: string): boolean {
    return this.values.has(key);
  }

  protected override _keys(prefix: string): Iterable<string> {
    return [...this.values.keys()].filter((key) => key.startsWith(prefix));
  }

  protected override _delete(keys: readonly string[]): void {
    for (const key of keys) this.values.delete(key);
  }

  protected override _drop(): void {
    this.values.clear();
  }
}
