import { type Batch, concatBytes, type Entries, type Key } from '@spillway/core';
import { ReferenceStore } from '@spillway/core/conformance';
import { type Mutant, mutant } from './mutant.js';

type Bytes = Uint8Array;
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Mistakes in writing: what is lost, mixed, kept or shared. */
export const writingMutants: readonly Mutant[] = [
  mutant(
    'loses the last entry of a batch',
    'append',
    class extends ReferenceStore {
      protected override _append({ keys, values }: Batch<Bytes>) {
        const kept = Math.max(1, keys.length - 1);
        return super._append({ keys: keys.slice(0, kept), values: values.slice(0, kept) });
      }
    },
  ),
  mutant(
    'writes a key that repeats once',
    'append',
    class extends ReferenceStore {
      protected override _append({ keys, values }: Batch<Bytes>) {
        const last = new Map(keys.map((key, i) => [key, values[i] as Bytes]));
        return super._append({ keys: [...last.keys()], values: [...last.values()] });
      }
    },
  ),
  mutant(
    'writes the entries of a batch backwards',
    'append',
    class extends ReferenceStore {
      protected override _append({ keys, values }: Batch<Bytes>) {
        return super._append({ keys: [...keys].reverse(), values: [...values].reverse() });
      }
    },
  ),
  mutant(
    'lets a later append pass an earlier one',
    'order',
    class extends ReferenceStore {
      #calls = 0;
      protected override async _append(batch: Batch<Bytes>): Promise<void> {
        if (this.#calls++ % 3 === 0) await turn();
        await super._append(batch);
      }
    },
  ),
  mutant(
    'keeps the memory it was given',
    'memory',
    class extends ReferenceStore {
      protected override _append({ keys, values }: Batch<Bytes>): void {
        for (const [i, key] of keys.entries()) {
          const pieces = [this.values.get(key) ?? [], values[i]].filter(
            (piece) => piece instanceof Uint8Array,
          );
          this.values.set(key, concatBytes(pieces));
        }
      }
    },
  ),
  mutant(
    'writes to memory that it has lent',
    'memory',
    class extends ReferenceStore {
      protected override _delete(keys: readonly string[]): void {
        for (const key of keys) this.values.get(key)?.fill(0);
        super._delete(keys);
      }
    },
  ),
  mutant(
    'keeps a view of a large buffer',
    'memory of bytes',
    class extends ReferenceStore {
      readonly #given: Bytes[] = [];
      protected override _append(batch: Batch<Bytes>) {
        this.#given.push(...batch.values);
        return super._append(batch);
      }
    },
  ),
  mutant(
    'has not what is empty',
    'memory of bytes',
    class extends ReferenceStore {
      protected override _has(key: string) {
        return (this.values.get(key)?.length ?? 0) > 0;
      }
    },
  ),
  mutant(
    'appends where it should set',
    'set',
    class extends ReferenceStore {
      protected override _set(batch: Batch<Bytes>) {
        return this._append(batch);
      }
    },
  ),
  mutant(
    'sets one step after it has deleted, for others to see',
    'set',
    class extends ReferenceStore {
      override async set(entries: Entries<Bytes>): Promise<void> {
        const keys = [...(entries instanceof Map ? entries.keys() : Object.keys(entries))];
        await this.delete(keys);
        await this.append(entries);
      }
    },
  ),
  mutant(
    'sets again what is idempotent',
    'iset',
    class extends ReferenceStore {
      protected override _iset(key: string, value: Bytes) {
        return this._set({ keys: [key], values: [value] });
      }
      protected override _has(): boolean {
        return false;
      }
    },
  ),
  mutant(
    'lets two idempotent sets write',
    'iset',
    class extends ReferenceStore {
      override async iset(key: Key, value: Bytes): Promise<void> {
        if (!(await this.has(key))) await this.append([[key, value]]);
      }
    },
  ),
  mutant(
    'loses a byte at a round size',
    'pieces of bytes',
    class extends ReferenceStore {
      protected override _append({ keys, values }: Batch<Bytes>) {
        const cut = (value: Bytes) => (value.length === 4097 ? value.subarray(0, 4096) : value);
        return super._append({ keys, values: values.map(cut) });
      }
    },
  ),
  mutant(
    'loses what is appended after a delete of two keys',
    'a model',
    class extends ReferenceStore {
      #lost = false;
      protected override _delete(keys: readonly string[]): void {
        this.#lost = keys.length === 2;
        super._delete(keys);
      }
      protected override _append(batch: Batch<Bytes>) {
        if (this.#lost && batch.keys.length > 2) return;
        return super._append(batch);
      }
    },
  ),
];
