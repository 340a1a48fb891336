import type { Batch } from '@spillway/core';
import { ReferenceStore } from '@spillway/core/conformance';
import { type Mutant, mutant } from './mutant.js';

type Bytes = Uint8Array;

/** Mistakes in reading: what is left out, made up, or of another time. */
export const readingMutants: readonly Mutant[] = [
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
];
