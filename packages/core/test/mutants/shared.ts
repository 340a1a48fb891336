import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Batch, type Entries, Gate, type Spec, type Store } from '@spillway/core';
import { type ConformanceOptions, ReferenceStore } from '@spillway/core/conformance';
import type { Mutant } from './mutant.js';

type Bytes = Uint8Array;

/** What is at a path: for the time of the process, which is enough to be opened again. */
interface Contents {
  readonly values: Map<string, Bytes>;
  readonly gate: Gate;
}

const places = new Map<string, Contents>();
let made = 0;

/** A store whose contents are at a path, so that many handles share them and later ones find them. */
class SharedStore extends ReferenceStore {
  readonly path: string;
  protected override readonly values: Map<string, Bytes>;
  protected override readonly gate: Gate;

  constructor(path = `anywhere ${made++}`) {
    super();
    const contents = places.get(path) ?? { values: new Map(), gate: new Gate() };
    places.set(path, contents);
    this.path = path;
    this.values = contents.values;
    this.gate = contents.gate;
  }

  override spec(): Spec {
    return { name: 'Shared', args: [this.path] };
  }
}

type Kind = new (path?: string) => SharedStore;

/** Mistakes in keeping contents: what is deleted by whom, and who sees what. */
export const sharedMutants: readonly Mutant[] = [
  sharing(
    'deletes what is at its path when it closes',
    'opened again',
    class extends SharedStore {
      protected override _close(): void {
        this.values.clear();
      }
    },
  ),
  sharing(
    'deletes what another handle uses',
    'a handle beside',
    class extends SharedStore {
      protected override _close(): void {
        this.values.clear();
      }
    },
  ),
  sharing(
    'starts empty',
    'opened again',
    class extends SharedStore {
      constructor(path?: string) {
        super(path);
        this.values.clear();
      }
    },
  ),
  sharing(
    'loses what was not flushed',
    'opened again',
    class extends SharedStore {
      readonly #waiting: Batch<Bytes>[] = [];
      protected override _append(batch: Batch<Bytes>): void {
        this.#waiting.push({
          keys: batch.keys,
          values: batch.values.map((value) => value.slice()),
        });
      }
      protected override _get(keys: readonly string[]) {
        for (const batch of this.#waiting.splice(0)) super._append(batch);
        return super._get(keys);
      }
    },
  ),
  sharing(
    'keeps what it read',
    'a handle beside',
    class extends SharedStore {
      readonly #read = new Map<string, Bytes>();
      protected override _get(keys: readonly string[]): Bytes[] {
        return keys.map((key) => {
          const value = this.#read.get(key) ?? this.values.get(key) ?? new Uint8Array(0);
          this.#read.set(key, value);
          return value;
        });
      }
    },
  ),
  sharing(
    'excludes only those who share its handle',
    'a handle beside',
    class extends SharedStore {
      protected override readonly gate = new Gate();
    },
  ),
  sharing(
    'mixes two callers, byte by byte',
    'a handle beside, by the byte',
    class extends SharedStore {
      protected override async _append({ keys, values }: Batch<Bytes>): Promise<void> {
        const [key, value] = [keys[0] as string, (values[0] as Bytes).slice()];
        super._append({ keys: [key], values: [value.subarray(0, 32)] });
        await new Promise(setImmediate);
        super._append({ keys: [key], values: [value.subarray(32)] });
      }
    },
  ),
  sharing(
    'forgets a set when it is opened again',
    'a model, closed and opened again',
    class extends SharedStore {
      readonly #before = new Map<string, Bytes>();
      override set(entries: Entries<Bytes>): Promise<void> {
        for (const [key, value] of this.values) this.#before.set(key, value);
        return super.set(entries);
      }
      protected override _close(): void {
        for (const [key, value] of this.#before)
          if (this.values.has(key)) this.values.set(key, value);
      }
    },
  ),
  sharing(
    'has keys that another handle deleted',
    'a model, by two handles',
    class extends SharedStore {
      readonly #appended = new Set<string>();
      protected override _append(batch: Batch<Bytes>) {
        for (const key of batch.keys) this.#appended.add(key);
        return super._append(batch);
      }
      protected override _delete(keys: readonly string[]): void {
        for (const key of keys) this.#appended.delete(key);
        super._delete(keys);
      }
      protected override _drop(): void {
        this.#appended.clear();
        super._drop();
      }
      protected override _has(key: string): boolean {
        return this.#appended.has(key) || super._has(key);
      }
    },
  ),
  temporary('leaves its files', {}),
  temporary('deletes those of others', {
    remove: (directory) => {
      for (const name of readdirSync(join(directory, '..'))) {
        rmSync(join(directory, '..', name), { recursive: true });
      }
    },
  }),
  temporary('writes where it likes', {
    place: () => tmpdir(),
    remove: (directory) => rmSync(directory, { recursive: true }),
  }),
];

/** The same store without a mistake. */
export const soundShared: ConformanceOptions<Bytes> = {
  lacks: ['locks'],
  ...sharedOptions(SharedStore),
  temporary: () =>
    temporaryStore({ remove: (directory) => rmSync(directory, { recursive: true }) }),
};

export const makeShared = (): Store => new SharedStore();

function sharing(does: string, caughtBy: string, type: Kind): Mutant {
  return { does, caughtBy, make: () => new type(), options: sharedOptions(type) };
}

function sharedOptions(type: Kind): ConformanceOptions<Bytes> {
  return {
    persistent: (path) => new type(path),
    beside: (store) => new type((store as SharedStore).path),
  };
}

interface Ways {
  readonly place?: () => string;
  readonly remove?: (directory: string) => void;
}

function temporary(does: string, ways: Ways): Mutant {
  return {
    does,
    caughtBy: 'without a path',
    make: () => new SharedStore(),
    options: { temporary: () => temporaryStore(ways) },
  };
}

/** A store that has a file for each key, for as long as it is open. */
function temporaryStore({ place, remove }: Ways): Store {
  const parent = place?.() ?? process.env.SPILLWAY_TMPDIR ?? tmpdir();
  mkdirSync(parent, { recursive: true });
  const directory = mkdtempSync(join(parent, 'spillway-mutant-'));
  return new (class extends SharedStore {
    protected override _append(batch: Batch<Bytes>) {
      for (const i of batch.keys.keys()) writeFileSync(join(directory, `${i}`), 'a file');
      return super._append(batch);
    }
    protected override _close(): void {
      remove?.(directory);
    }
  })();
}
