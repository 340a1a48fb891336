import {
  type Batch,
  concatBytes,
  type Entries,
  type Key,
  KeyError,
  type Spec,
  type Store,
} from '@spillway/core';
import { ReferenceStore } from '@spillway/core/conformance';
import type { Mutant } from './mutant.js';

type Bytes = Uint8Array;
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Mistakes a store of bytes can make, most of them known from one store or another. */
export const storeMutants: readonly Mutant[] = [
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
    'resolves an append before it can be read',
    'get',
    class extends ReferenceStore {
      protected override _append(batch: Batch<Bytes>): void {
        const copies = batch.values.map((value) => Uint8Array.from(value));
        setImmediate(() => super._append({ keys: batch.keys, values: copies }));
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
    'gives what is absent as undefined',
    'get',
    class extends ReferenceStore {
      protected override _get(keys: readonly string[]): Bytes[] {
        return keys.map((key) => this.values.get(key) as Bytes);
      }
    },
  ),
  mutant(
    'gives the values of many keys in its own order',
    'get',
    class extends ReferenceStore {
      protected override _get(keys: readonly string[]) {
        return super._get([...keys].sort());
      }
    },
  ),
  mutant(
    'leaves out absent keys',
    'get',
    class extends ReferenceStore {
      protected override _get(keys: readonly string[]) {
        const there = keys.filter((key) => this.values.has(key));
        return super._get(there.length > 0 ? there : keys);
      }
    },
  ),
  mutant(
    'streams the last part never',
    'stream',
    class extends ReferenceStore {
      protected override async *_stream(key: string): AsyncGenerator<Bytes, void, void> {
        const value = this.values.get(key);
        if (value) yield value.subarray(0, value.length - 1);
      }
    },
  ),
  mutant(
    'streams what was appended since',
    'stream',
    class extends ReferenceStore {
      protected override async *_stream(key: string): AsyncGenerator<Bytes, void, void> {
        for (let at = 0; at < (this.values.get(key)?.length ?? 0); at++) {
          yield (this.values.get(key) as Bytes).slice(at, at + 1);
        }
      }
    },
  ),
  mutant(
    'streams on from another value',
    'stream',
    class extends ReferenceStore {
      protected override async *_stream(key: string): AsyncGenerator<Bytes, void, void> {
        const { length } = this.values.get(key) ?? [];
        for (let at = 0; at < length; at += 100) {
          yield this.values.get(key)?.slice(at, Math.min(at + 100, length)) ?? new Uint8Array(0);
        }
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
    'names a key twice',
    'keys and has',
    class extends ReferenceStore {
      protected override _keys(prefix: string) {
        return [...super._keys(prefix), ...[...super._keys(prefix)].slice(0, 1)];
      }
    },
  ),
  mutant(
    'takes a prefix for a pattern',
    'keys and has',
    class extends ReferenceStore {
      protected override _keys(prefix: string) {
        const pattern = new RegExp(`^${prefix.replaceAll(/[^\w.]/g, '\\$&')}`);
        return [...super._keys('')].filter((key) => pattern.test(key));
      }
    },
  ),
  mutant(
    'has keys that were deleted',
    'keys and has',
    class extends ReferenceStore {
      readonly #seen = new Set<string>();
      protected override _has(key: string) {
        if (super._has(key)) this.#seen.add(key);
        return this.#seen.has(key);
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
      override async exclusive<T>(work: (store: Store) => T | Promise<T>): Promise<T> {
        let failure: unknown;
        return super.exclusive(async (held) => {
          try {
            return await work(held);
          } catch (error) {
            failure = error;
            return new Promise<T>(() => {});
          } finally {
            if (failure) queueMicrotask(() => {});
          }
        });
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
    'keeps a key when it drops',
    'drop',
    class extends ReferenceStore {
      protected override _drop(): void {
        for (const key of this.values.keys()) if (key !== 'once') this.values.delete(key);
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
  mutant(
    'has a spec that no one can parse',
    'spec',
    class extends ReferenceStore {
      override toString(): string {
        return `[object ${this.spec().name}]`;
      }
    },
  ),
  mutant(
    'has a spec with what JSON leaves out',
    'spec',
    class extends ReferenceStore {
      override spec(): Spec {
        return { name: 'Reference', args: [undefined as unknown as string] };
      }
    },
  ),
  mutant(
    'checks a batch while it writes it',
    'bad input',
    class extends ReferenceStore {
      override async append(entries: Entries<Bytes>): Promise<void> {
        const pairs =
          entries instanceof Map || Array.isArray(entries)
            ? entries
            : Object.entries(entries ?? {});
        for (const entry of pairs as Iterable<readonly [Key, Bytes]>) await super.append([entry]);
      }
    },
  ),
  mutant(
    'takes text for bytes',
    'bad input',
    class extends ReferenceStore {
      protected override check(value: unknown): asserts value is Bytes {
        if (value === null || value === undefined) throw new KeyError('no value');
      }
    },
  ),
  mutant(
    'names no key in its errors',
    'bad input',
    class extends ReferenceStore {
      protected override check(value: unknown, _key: string): asserts value is Bytes {
        if (!(value instanceof Uint8Array)) throw new TypeError('bytes, please');
      }
    },
  ),
  mutant(
    'does not tell upper from lower case',
    'hostile keys',
    renaming((key) => key.toLowerCase()),
  ),
  mutant(
    'normalises keys',
    'hostile keys',
    renaming((key) => key.normalize()),
  ),
  mutant(
    'decodes keys',
    'hostile keys',
    renaming((key) => key.replaceAll('%2F', '/')),
  ),
  mutant(
    'tidies paths',
    'hostile keys',
    renaming((key) => key.replace(/\/\/+/g, '/')),
  ),
  mutant(
    'trims keys',
    'random keys',
    renaming((key) => key.trim() || key),
  ),
  mutant(
    'cuts long keys',
    'hostile keys',
    renaming((key) => key.slice(0, 255)),
  ),
  mutant(
    'ends keys at a zero',
    'hostile keys',
    renaming((key) => key.replace(/(.)\0.*/s, '$1')),
  ),
  mutant(
    'cannot hold a key that objects have',
    'hostile keys',
    class extends ReferenceStore {
      protected override _get(keys: readonly string[]): Bytes[] {
        const index = Object.fromEntries(this.values);
        const plain: Record<string, Bytes> = {};
        for (const key of Object.keys(index)) plain[key] = index[key] as Bytes;
        return keys.map((key) =>
          plain[key] instanceof Uint8Array ? plain[key] : new Uint8Array(0),
        );
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

function mutant(does: string, caughtBy: string, type: new () => ReferenceStore): Mutant {
  return { does, caughtBy, make: () => new type() };
}

/** A store that calls keys by other names, and so some of them by the same. */
function renaming(rename: (key: string) => string): new () => ReferenceStore {
  return class extends ReferenceStore {
    protected override _append({ keys, values }: Batch<Bytes>) {
      return super._append({ keys: keys.map(rename), values });
    }
    protected override _get(keys: readonly string[]) {
      return super._get(keys.map(rename));
    }
    protected override _has(key: string) {
      return super._has(rename(key));
    }
    protected override _delete(keys: readonly string[]): void {
      super._delete(keys.map(rename));
    }
  };
}
