import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Awaitable } from '../gate.js';
import type { Store } from '../store.js';
import { expectEqual } from './equal.js';
import type { ConformanceOptions, Factory, PersistentSettings, Place } from './options.js';
import type { Values } from './values.js';

/** What a store went through before a case gets it, without contents in each. */
export type State = 'fresh' | 'used' | 'reopened';

/** One run of one case: makes its stores and directories, and clears them away. */
export class Trial<V> implements Place {
  readonly values: Values<V>;
  readonly options: ConformanceOptions<V>;
  readonly #factory: Factory<V>;
  readonly #state: State;
  readonly #stores: Store<unknown>[] = [];
  readonly #early: (() => Awaitable<void>)[] = [];
  readonly #deferred: (() => Awaitable<void>)[] = [];

  constructor(
    factory: Factory<V>,
    options: ConformanceOptions<V>,
    values: Values<V>,
    state: State,
  ) {
    this.#factory = factory;
    this.options = options;
    this.values = values;
    this.#state = state;
  }

  /** Runs of each property. */
  get runs(): number {
    return this.options.runs ?? 50;
  }

  /** A store without contents, in the state this trial is about; closed when the case has ended. */
  async open(): Promise<Store<V>> {
    if (this.#state === 'fresh') return this.keep(await this.#factory(this));
    if (this.#state === 'used') {
      const store = this.keep(await this.#factory(this));
      await this.#use(store);
      return store;
    }
    const path = await this.directory();
    const store = await this.persistent(path);
    await this.#use(store);
    await store.close();
    return this.persistent(path);
  }

  /** Opens the store at a path; closed when the case has ended. */
  async persistent(path: string, settings?: PersistentSettings): Promise<Store<V>> {
    return this.keep(await this.#option('persistent')(path, this, settings));
  }

  /** Another handle on a store's contents; closed when the case has ended. */
  async beside(store: Store<V>): Promise<Store<V>> {
    return this.keep(await this.#option('beside')(store, this));
  }

  /** A store without a path; closed when the case has ended. */
  async temporary(): Promise<Store<V>> {
    return this.keep(await this.#option('temporary')());
  }

  /** The layer under test around a store; the case closes it. */
  layer(inner: Store): Store<V> {
    return this.#option('layer')(inner);
  }

  /** Has a store closed when the case has ended. */
  keep<S extends Store<unknown>>(store: S): S {
    this.#stores.push(store);
    return store;
  }

  async directory(): Promise<string> {
    const path = await mkdtemp(join(tmpdir(), 'spillway-conformance-'));
    this.defer(() => rm(path, { recursive: true, force: true }));
    return path;
  }

  defer(work: () => Awaitable<void>): void {
    this.#deferred.push(work);
  }

  /** Has something done when the case has ended, before its stores are closed. */
  finally(work: () => Awaitable<void>): void {
    this.#early.push(work);
  }

  /** The sample value of a number. */
  value(seed: number): V {
    return this.values.make(seed);
  }

  /** A value as `toEqual` can compare it. */
  comparable(value: V): unknown {
    return this.values.comparable ? this.values.comparable(value) : value;
  }

  /** The comparable join of sample values. */
  joined(seeds: readonly number[]): unknown {
    return this.comparable(this.values.join(seeds.map((seed) => this.value(seed))));
  }

  /** Fails unless `actual` is the join of the sample values of these numbers. */
  expectJoin(actual: V, seeds: readonly number[]): void {
    expectEqual(this.comparable(actual), this.joined(seeds));
  }

  /** Fails unless the store holds exactly this: for each key, the numbers of its sample values. */
  async expectContents(
    store: Store<V>,
    contents: Record<string, readonly number[]>,
  ): Promise<void> {
    const keys = Object.keys(contents);
    const values = await store.get(keys);
    expectEqual(values.length, keys.length);
    const actual = keys.map((key, i) => [key, this.comparable(values[i] as V)]);
    const expected = keys.map((key) => [key, this.joined(contents[key] ?? [])]);
    expectEqual(actual, expected);
    const present = keys.filter((key) => contents[key]?.length);
    expectEqual(await this.keysOf(store), present.sort());
  }

  /** The store's keys, sorted; a key that comes twice is there twice. */
  async keysOf(store: Store<V>, prefix?: string): Promise<string[]> {
    return (await collect(store.keys(prefix))).sort();
  }

  /** Closes the stores, does what was deferred, and rejects with the first error of these. */
  async end(): Promise<void> {
    const errors: unknown[] = [];
    const attempt = async (work: () => Awaitable<void>) => {
      try {
        await work();
      } catch (error) {
        errors.push(error);
      }
    };
    for (const work of this.#early.reverse()) await attempt(work);
    for (const store of this.#stores.reverse()) await attempt(() => store.close());
    for (const work of this.#deferred.reverse()) await attempt(work);
    if (errors.length > 0) throw errors[0];
  }

  /** Fills the store and empties it again. */
  async #use(store: Store<V>): Promise<void> {
    await store.append({ a: this.value(901), b: this.value(902), 'a/b': this.value(903) });
    await store.flush();
    await store.get(['a', 'b']);
    await store.append({ a: this.value(904) });
    await store.delete(['a', 'b']);
    await store.append([
      ['a', this.value(905)],
      ['c', this.value(906)],
    ]);
    await store.drop();
  }

  #option<K extends keyof ConformanceOptions<V>>(name: K): NonNullable<ConformanceOptions<V>[K]> {
    const option = this.options[name];
    if (option === undefined || option === null)
      throw new Error(`the case needs the option ${name}`);
    return option;
  }
}

/** All items of an iterator. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
