import { type Batch, type Entries, type Key, KeyError, type Spec } from '@spillway/core';
import { ReferenceStore } from '@spillway/core/conformance';
import { type Mutant, mutant } from './mutant.js';

type Bytes = Uint8Array;

/** Mistakes with keys and other input, and with what things are called. */
export const namingMutants: readonly Mutant[] = [
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
    'trims keys',
    'random keys',
    renaming((key) => key.trim() || key),
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
];

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
