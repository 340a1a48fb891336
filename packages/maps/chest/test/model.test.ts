import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { checkProperty } from '@spillway/core/conformance';
import { Log } from '@spillway/log';
import fc from 'fast-check';
import { Chest, type ChestKey, type ChestMap } from '../src/index.js';

type Step =
  | { readonly op: 'set'; readonly key: number; readonly size: number; readonly awaited: boolean }
  | { readonly op: 'get' | 'has' | 'delete' | 'pop' | 'update'; readonly key: number }
  | { readonly op: 'getMany' | 'prefetch' | 'setMany'; readonly keys: readonly number[] }
  | { readonly op: 'other'; readonly key: number }
  | { readonly op: 'entries' | 'flush' | 'clear' | 'reopen' | 'crash' };

const KEYS: readonly ChestKey[] = ['a', ['a', 'b'], 7, ['a', ['b']], new Date(3), ''];

const key = fc.nat({ max: KEYS.length - 1 });
const keys = fc.array(key, { maxLength: 5 });
const op = <O extends Step['op']>(...names: O[]) => fc.constantFrom(...names);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      ...{ op: op('set'), key, awaited: fc.boolean() },
      size: fc.oneof(fc.nat({ max: 50 }), fc.nat({ max: 4000 })),
    }),
  },
  { weight: 6, arbitrary: fc.record({ op: op('get', 'has', 'delete', 'pop', 'update'), key }) },
  { weight: 3, arbitrary: fc.record({ op: op('getMany', 'prefetch', 'setMany'), keys }) },
  { weight: 2, arbitrary: fc.record({ op: op('other'), key }) },
  { weight: 4, arbitrary: fc.record({ op: op('entries', 'flush', 'clear', 'reopen', 'crash') }) },
) as fc.Arbitrary<Step>;

type Value = { readonly number: number; readonly filling: string };

/** A chest, a plain `Map` that it is to equal, and what a crash would leave of it. */
class Trial {
  readonly #open: () => ChestMap<ChestKey, Value>;
  readonly #model = new Map<number, Value>();
  /** What each key may hold after a crash: the value last flushed, or any after that. */
  #possible = new Map<number, (Value | undefined)[]>();
  readonly #abandoned: ChestMap<ChestKey, Value>[] = [];
  #chest: ChestMap<ChestKey, Value>;
  #numbers = 0;

  constructor(open: () => ChestMap<ChestKey, Value>) {
    this.#open = open;
    this.#chest = open();
  }

  async run(step: Step): Promise<void> {
    const chest = this.#chest;
    switch (step.op) {
      case 'set': {
        const set = chest.set(KEYS[step.key], this.#next(step.key, step.size));
        if (step.awaited) await set;
        break;
      }
      case 'get':
        expect(await chest.get(KEYS[step.key])).toEqual(this.#model.get(step.key));
        break;
      case 'has':
        expect(await chest.has(KEYS[step.key])).toBe(this.#model.has(step.key));
        break;
      case 'delete':
        expect(await chest.delete(KEYS[step.key])).toBe(this.#model.has(step.key));
        this.#remove(step.key);
        break;
      case 'pop':
        expect(await chest.pop(KEYS[step.key])).toEqual(this.#model.get(step.key));
        this.#remove(step.key);
        break;
      case 'update': {
        const before = this.#model.get(step.key);
        const after = this.#next(step.key, 10);
        const updated = await chest.update(KEYS[step.key], (value) => {
          expect(value).toEqual(before);
          return after;
        });
        expect(updated).toBe(after);
        break;
      }
      case 'getMany':
        expect(await chest.getMany(step.keys.map((i) => KEYS[i]))).toEqual(
          step.keys.map((i) => this.#model.get(i)),
        );
        break;
      case 'setMany': {
        // So many that they are written together; the last value of each key counts.
        const keys = Array.from({ length: 30 }, () => step.keys).flat();
        await chest.setMany(keys.map((i) => [KEYS[i], this.#next(i, 5)]));
        break;
      }
      case 'prefetch':
        await chest.prefetch(step.keys.map((i) => KEYS[i]));
        break;
      case 'other':
        await this.#setElsewhere(step.key);
        break;
      case 'entries':
        await this.#compareAll();
        break;
      case 'flush':
        await chest.flush();
        this.#settled();
        break;
      case 'clear':
        await chest.clear();
        this.#model.clear();
        this.#settled();
        break;
      case 'reopen':
        await chest.close();
        this.#settled();
        this.#chest = this.#open();
        await this.#compareAll();
        break;
      case 'crash':
        await this.#crash();
    }
  }

  async end(): Promise<void> {
    await this.#compareAll();
    await this.#chest.close();
    // They have values that were lost; only now may they write them.
    for (const chest of this.#abandoned) await chest.close().catch(() => {});
  }

  #next(key: number, size: number): Value {
    const value = { number: ++this.#numbers, filling: 'x'.repeat(size) };
    this.#model.set(key, value);
    this.#may(key, value);
    return value;
  }

  #remove(key: number): void {
    this.#model.delete(key);
    this.#may(key, undefined);
  }

  #may(key: number, value: Value | undefined): void {
    this.#possible.set(key, [...(this.#possible.get(key) ?? [undefined]), value]);
  }

  /** Everything is on the disk. */
  #settled(): void {
    this.#possible = new Map(KEYS.map((_, i) => [i, [this.#model.get(i)]]));
  }

  /** Another handle writes, which this one is to see; what it has changed itself goes first. */
  async #setElsewhere(key: number): Promise<void> {
    await this.#chest.flush();
    const other = this.#open();
    await other.set(KEYS[key], this.#next(key, 20));
    await other.close();
    this.#settled();
  }

  async #compareAll(): Promise<void> {
    const found: [number, Value][] = [];
    for await (const [key, value] of this.#chest) {
      found.push([KEYS.findIndex((one) => JSON.stringify(one) === JSON.stringify(key)), value]);
    }
    expect(new Map(found)).toEqual(this.#model);
    expect(found.length).toBe(this.#model.size);
    expect(await this.#chest.size).toBe(this.#model.size);
  }

  /** Leaves the chest as it is and opens another one there. */
  async #crash(): Promise<void> {
    this.#abandoned.push(this.#chest);
    // A spill under way may come to its end, as the last writes of a process do.
    await this.#chest.getMany([]);
    this.#chest = this.#open();
    for (const [i, key] of KEYS.entries()) {
      const value = await this.#chest.get(key);
      expect(this.#possible.get(i) ?? [undefined]).toContainEqual(value);
      if (value === undefined) this.#model.delete(i);
      else this.#model.set(i, value);
    }
    this.#settled();
  }
}

const steps = fc.array(step, { minLength: 1, maxLength: 40 });

/** So little that a few values fill it, so much that all fit, and next to nothing. */
const memory = fc.constantFrom(1, 3000, 10_000, 2 ** 20);

describe('Chest, beside a Map', () => {
  const kinds = {
    files: (path: string, availableMemory: number) =>
      Chest<ChestKey, Value>(path, { availableMemory }),
    'a Log': (path: string, availableMemory: number) =>
      Chest<ChestKey, Value>(undefined, { store: Log(path), availableMemory, codec: 'json' }),
  };

  it.each(Object.entries(kinds))('holds the same in %s', async (_, open) => {
    await checkProperty(60, fc.tuple(steps, memory), async ([steps, availableMemory]) => {
      const path = mkdtempSync(join(tmpdir(), 'spillway-chest-model-'));
      try {
        const trial = new Trial(() => open(path, availableMemory));
        for (const step of steps) await trial.run(step);
        await trial.end();
      } finally {
        rmSync(path, { recursive: true, force: true, maxRetries: 3 });
      }
    });
  });
});
