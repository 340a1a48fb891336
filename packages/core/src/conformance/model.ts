import { expect } from '@jest/globals';
import fc from 'fast-check';
import type { Store } from '../store.js';
import { expectEqual } from './equal.js';
import type { Group } from './group.js';
import { checkProperty } from './property.js';
import { anySteps, type Step } from './steps.js';
import { collect, type Trial } from './trial.js';

/** A plain `Map` that does what a store must: for each key, the numbers of its values. */
export class Model<V> {
  contents = new Map<string, readonly number[]>();
  readonly #trial: Trial<V>;
  /** Appends that nobody awaited yet. */
  readonly #pending: Promise<void>[] = [];
  /** Keys that a step ever appended to. */
  readonly #named = new Set<string>();
  /** Contents before each of the pending appends. */
  #earlier: Map<string, readonly number[]>[] = [];

  constructor(trial: Trial<V>) {
    this.#trial = trial;
  }

  /** Does a step on the store, compares what it gives, and does it here. */
  async run(step: Step, store: Store<V>): Promise<void> {
    const trial = this.#trial;
    if (step.op === 'append') return this.#append(step, store);
    if (step.op === 'get') return this.#get(step.keys, store);
    await this.settle();
    switch (step.op) {
      case 'set':
        await store.set(step.entries.map(([key, seed]) => [key, trial.value(seed)] as const));
        for (const [key, seed] of step.entries) this.contents.set(key, [seed]);
        return;
      case 'iset':
        await store.iset(step.key, trial.value(step.seed));
        if (!this.contents.has(step.key)) this.contents.set(step.key, [step.seed]);
        return;
      case 'iget':
        return trial.expectJoin(await store.iget(step.key), this.seeds(step.key));
      case 'stream': {
        const parts = await collect(store.stream(step.key));
        return trial.expectJoin(trial.values.join(parts), this.seeds(step.key));
      }
      case 'has':
        return expectEqual(await store.has(step.key), this.contents.has(step.key));
      case 'keys': {
        const expected = [...this.contents.keys()].filter((key) => key.startsWith(step.prefix));
        return expectEqual(await trial.keysOf(store, step.prefix), expected.sort());
      }
      case 'delete':
        await store.delete(step.keys);
        for (const key of step.keys) this.contents.delete(key);
        return;
      case 'pop':
        this.#expectValues(await store.pop(step.keys), step.keys);
        for (const key of step.keys) this.contents.delete(key);
        return;
      case 'flush':
        return store.flush();
      case 'drop':
        await store.drop();
        this.contents.clear();
        return;
      case 'exclusive':
        return store.exclusive(async (held) => {
          for (const inner of step.steps) await this.run(inner, held);
          await this.settle();
        });
      case 'reopen':
        throw new Error('only who made the store can open it again');
    }
  }

  /** Waits for the appends that nobody awaited yet. */
  async settle(): Promise<void> {
    await Promise.all(this.#pending.splice(0));
    this.#earlier = [];
  }

  /** The numbers of a key's values. */
  seeds(key: string): readonly number[] {
    return this.contents.get(key) ?? [];
  }

  /** Fails unless the store holds what this does, and nothing else. */
  async expectIn(store: Store<V>): Promise<void> {
    await this.settle();
    const keys = [...this.contents.keys()].sort();
    expectEqual(await this.#trial.keysOf(store), keys);
    this.#expectValues(await store.get(keys), keys);
    for (const key of this.#named) expectEqual(await store.has(key), this.contents.has(key));
  }

  async #append({ entries, awaited }: Step & { op: 'append' }, store: Store<V>): Promise<void> {
    const appended = store.append(
      entries.map(([key, seed]) => [key, this.#trial.value(seed)] as const),
    );
    const before = this.contents;
    const after = new Map(before);
    for (const [key, seed] of entries) {
      after.set(key, [...(after.get(key) ?? []), seed]);
      this.#named.add(key);
    }
    if (awaited) {
      await appended;
      // Whoever reads these keys from now on sees this append, and so all that were called before it.
      for (const earlier of this.#earlier) {
        for (const [key] of entries) earlier.set(key, after.get(key) as number[]);
      }
    } else {
      // A rejection is reported by settle(), which nobody may have called yet.
      appended.catch(() => {});
      this.#pending.push(appended);
      this.#earlier.push(before);
    }
    this.contents = after;
  }

  /** Appends under way may be seen or not, in their order. */
  async #get(keys: readonly string[], store: Store<V>): Promise<void> {
    const states = [...this.#earlier, this.contents];
    const values = await store.get(keys);
    expectEqual(values.length, keys.length);
    for (const [i, key] of keys.entries()) {
      const possible = states.map((contents) => this.#trial.joined(contents.get(key) ?? []));
      expect(possible).toContainEqual(this.#trial.comparable(values[i] as V));
    }
  }

  #expectValues(values: readonly V[], keys: readonly string[]): void {
    const trial = this.#trial;
    expectEqual(
      values.map((value, i) => [keys[i], trial.comparable(value)]),
      keys.map((key) => [key, trial.joined(this.seeds(key))]),
    );
  }
}

/** Random sequences of operations do to a store what they do to a `Map`. */
export const model: Group = {
  name: 'a model',
  everyState: false,
  cases: {
    'agrees with the store after any sequence of operations': async (trial) => {
      const store = await trial.open();
      await checkProperty(trial.runs, anySteps(30), async (steps) => {
        await store.drop();
        const map = new Model(trial);
        for (const step of steps) await map.run(step, store);
        await map.expectIn(store);
      });
    },
  },
};

/** The same where a store can be opened again. */
export const reopenedModel: Group = {
  name: 'a model, closed and opened again',
  needs: ['persistent'],
  everyState: false,
  cases: {
    'agrees with the store after any sequence of operations': async (trial) => {
      const path = await trial.directory();
      await checkProperty(trial.runs, anySteps(20, { reopen: true }), async (steps) => {
        const map = new Model(trial);
        let store = await trial.persistent(path);
        await store.drop();
        for (const step of [...steps, { op: 'reopen' } as const]) {
          if (step.op !== 'reopen') {
            await map.run(step, store);
            continue;
          }
          await map.settle();
          await store.close();
          store = await trial.persistent(path);
        }
        await map.expectIn(store);
        await store.close();
      });
    },
  },
};

/** The same through two handles by turns. */
export const besideModel: Group = {
  name: 'a model, by two handles',
  needs: ['beside'],
  everyState: false,
  cases: {
    'agrees with both after any sequence of operations': async (trial) => {
      const store = await trial.open();
      const handles = [store, await trial.beside(store)] as const;
      const turns = fc.tuple(anySteps(20), fc.infiniteStream(fc.constantFrom(0, 1)));
      await checkProperty(trial.runs, turns, async ([steps, whose]) => {
        await store.drop();
        const map = new Model(trial);
        for (const step of steps) {
          // What one handle is about to append, the other may see or not, in no order.
          await map.run(step, handles[whose.next().value as 0 | 1]);
          await map.settle();
        }
        for (const handle of handles) await map.expectIn(handle);
      });
    },
  },
};
