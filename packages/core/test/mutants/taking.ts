import type { Batch, Key, Store } from '@spillway/core';
import { ReferenceStore } from '@spillway/core/conformance';
import { type Mutant, mutant } from './mutant.js';

type Bytes = Uint8Array;
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Mistakes in taking away, and in who may do what when. */
export const takingMutants: readonly Mutant[] = [
  mutant(
    'deletes the first of many',
    'delete',
    class extends ReferenceStore {
      protected override _delete(keys: readonly string[]): void {
        super._delete(keys.slice(0, 1));
      }
    },
  ),
  mutant(
    'deletes what is below a key',
    'delete',
    class extends ReferenceStore {
      protected override _delete(keys: readonly string[]): void {
        for (const key of keys) super._delete([key, ...this._keys(`${key}/`)]);
      }
    },
  ),
  mutant(
    'fails to delete what is absent',
    'delete',
    class extends ReferenceStore {
      protected override _delete(keys: readonly string[]): void {
        for (const key of keys) if (!this.values.delete(key)) throw new Error('ENOENT');
      }
    },
  ),
  mutant(
    'pops without deleting',
    'pop',
    class extends ReferenceStore {
      protected override _pop(keys: readonly string[]) {
        return this._get(keys);
      }
    },
  ),
  mutant(
    'pops in two steps',
    'pop',
    class extends ReferenceStore {
      override pop(key: Key): Promise<Bytes>;
      override pop(keys: readonly Key[]): Promise<Bytes[]>;
      override async pop(keys: Key | readonly Key[]): Promise<Bytes | Bytes[]> {
        const values = await (Array.isArray(keys) ? this.get(keys) : this.get(keys as Key));
        await this.delete(keys);
        return values;
      }
    },
  ),
  mutant(
    'keeps a key when it drops',
    'drop',
    class extends ReferenceStore {
      protected override _drop(): void {
        for (const key of this.values.keys()) if (key !== 'once') this.values.delete(key);
      }
    },
  ),
  mutant(
    'forgets something when it flushes',
    'flush',
    class extends ReferenceStore {
      protected override _flush(): void {
        this.values.delete('b0');
      }
    },
  ),
  mutant(
    'excludes nobody',
    'exclusive',
    class extends ReferenceStore {
      override async exclusive<T>(work: (store: Store) => T | Promise<T>): Promise<T> {
        return work(this);
      }
    },
  ),
  mutant(
    'waits for itself when exclusive work nests',
    'exclusive',
    class extends ReferenceStore {
      override exclusive<T>(work: (store: Store) => T | Promise<T>): Promise<T> {
        return super.exclusive((held) => {
          held.exclusive = (inner) => this.exclusive(inner);
          return work(held);
        });
      }
    },
  ),
  mutant(
    'stays locked when exclusive work fails',
    'exclusive',
    class extends ReferenceStore {
      override exclusive<T>(work: (store: Store) => T | Promise<T>): Promise<T> {
        return new Promise((resolve, reject) => {
          super.exclusive(async (held) => {
            try {
              resolve(await work(held));
            } catch (error) {
              reject(error);
              await new Promise(() => {});
            }
          });
        });
      }
    },
  ),
  mutant(
    'answers after it was closed',
    'close',
    class extends ReferenceStore {
      override get closed(): boolean {
        return false;
      }
    },
  ),
  mutant(
    'fails to close twice',
    'close',
    class extends ReferenceStore {
      override async close(): Promise<void> {
        if (this.closed) throw new Error('closed already');
        return super.close();
      }
    },
  ),
  mutant(
    'closes before its work is done',
    'close',
    class extends ReferenceStore {
      protected override async _append(batch: Batch<Bytes>): Promise<void> {
        if (this.closed) throw new Error('closed meanwhile');
        await turn();
        if (this.closed) throw new Error('closed meanwhile');
        await super._append(batch);
      }
    },
  ),
];
