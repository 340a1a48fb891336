import type { Batch } from '../entries.js';
import { StorageError } from '../errors.js';
import { Layer, requireBytes } from '../layer.js';
import type { FlushOptions } from '../primitives.js';
import type { Spec } from '../spec.js';
import type { Store } from '../store.js';

/** What a fault can strike. */
export type Operation =
  | 'append'
  | 'get'
  | 'stream'
  | 'has'
  | 'keys'
  | 'set'
  | 'iset'
  | 'delete'
  | 'pop'
  | 'flush'
  | 'drop'
  | 'close';

/**
 * How a fault strikes:
 * - `fail`: the call rejects and the store underneath never sees it; an iteration fails after its first item;
 * - `lose-ack`: the store underneath does what was asked, and the call rejects all the same;
 * - `tear`: bytes come back without their end;
 * - `delay`: the call takes some turns of the event loop longer; appends wait for the one before.
 */
export type Harm = 'fail' | 'lose-ack' | 'tear' | 'delay';

/** A fault in one call to come. */
export interface Fault {
  readonly on: Operation;
  readonly harm: Harm;
  /** Which call of the operation from now on: 1 is the next. Default 1. */
  readonly call?: number;
}

/** Options of {@link Chaos}. */
export interface ChaosOptions {
  /** The share of all calls that fail, 0 to 1. Default 0. */
  readonly failing?: number;
  /** The share of all calls that take longer, 0 to 1. Default 0. */
  readonly delayed?: number;
  /** Chooses the calls: the same seed strikes the same calls. Default 1. */
  readonly seed?: number;
}

/**
 * Passes everything on to `store`, except where a fault strikes: those injected one by one, and a share of
 * all calls. What fails is a `StorageError` of code `EIO` which says that it was injected.
 */
export function Chaos(store: Store, options: ChaosOptions = {}): ChaosStore {
  return new ChaosStore(store, options);
}

/** What {@link Chaos} makes. */
export class ChaosStore extends Layer<Uint8Array> {
  /** How many faults struck. */
  struck = 0;
  #failing: number;
  #delayed: number;
  #random: number;
  /** The append before the next, whose turn ends with it: delays don't change the order. */
  #appended: Promise<void> = Promise.resolve();
  #faults: { readonly on: Operation; readonly harm: Harm; calls: number }[] = [];

  constructor(store: Store, { failing = 0, delayed = 0, seed = 1 }: ChaosOptions) {
    super('Chaos', store);
    requireBytes('Chaos', store);
    this.#failing = failing;
    this.#delayed = delayed;
    this.#random = seed;
  }

  /** Has a fault strike a call to come. */
  inject({ on, harm, call = 1 }: Fault): void {
    this.#faults.push({ on, harm, calls: call });
  }

  /** Ends all faults that have not struck yet. */
  calm(): void {
    this.#faults = [];
    this.#failing = 0;
    this.#delayed = 0;
  }

  override spec(): Spec {
    return { name: 'Chaos', args: [this.innerSpec()] };
  }

  protected override _append(batch: Batch<Uint8Array>): Promise<void> {
    const before = this.#appended;
    const appended = this.#call('append', async () => {
      await before;
      return this.inner._append(batch);
    });
    this.#appended = appended.catch(() => {});
    return appended;
  }

  protected override async _get(keys: readonly string[]): Promise<Uint8Array[]> {
    return this.#call('get', () => this.inner._get(keys));
  }

  protected override async *_stream(key: string): AsyncGenerator<Uint8Array, void, void> {
    yield* this.#iterate('stream', this.inner._stream(key));
  }

  protected override _has(key: string): Promise<boolean> {
    return this.#call('has', () => this.inner._has(key));
  }

  protected override async *_keys(prefix: string): AsyncGenerator<string, void, void> {
    yield* this.#iterate('keys', this.inner._keys(prefix));
  }

  protected override _set(batch: Batch<Uint8Array>): Promise<void> {
    return this.#call('set', () => this.inner._set(batch));
  }

  protected override _iset(key: string, value: Uint8Array): Promise<void> {
    return this.#call('iset', () => this.inner._iset(key, value));
  }

  protected override _delete(keys: readonly string[]): Promise<void> {
    return this.#call('delete', () => this.inner._delete(keys));
  }

  protected override _pop(keys: readonly string[]): Promise<Uint8Array[]> {
    return this.#call('pop', () => this.inner._pop(keys));
  }

  protected override _flush(options: FlushOptions): Promise<void> {
    return this.#call('flush', () => this.inner._flush(options));
  }

  protected override _drop(): Promise<void> {
    return this.#call('drop', () => this.inner._drop());
  }

  protected override _close(): Promise<void> {
    // Whatever strikes, the store underneath is released: faults must not look like leaks.
    return this.#call('close', () => super._close()).finally(() => super._close());
  }

  async #call<T>(on: Operation, work: () => T | Promise<T>): Promise<T> {
    const harm = this.#harm(on);
    if (harm === 'fail') throw injected(on, 'before anything was done');
    if (harm === 'delay') await this.#someTurns();
    const result = await work();
    if (harm === 'lose-ack') throw injected(on, 'after it was done');
    return harm === 'tear' && Array.isArray(result) ? (result.map(torn) as T) : result;
  }

  async *#iterate<T>(
    on: Operation,
    items: Iterable<T> | AsyncIterable<T>,
  ): AsyncGenerator<T, void, void> {
    const harm = this.#harm(on);
    if (harm === 'delay') await this.#someTurns();
    for await (const item of items) {
      yield harm === 'tear' ? torn(item) : item;
      if (harm === 'fail' || harm === 'lose-ack') break;
      if (harm === 'tear') return;
    }
    if (harm === 'fail' || harm === 'lose-ack') throw injected(on, 'half way');
  }

  /** What strikes this call. */
  #harm(on: Operation): Harm | undefined {
    let harm: Harm | undefined;
    for (const fault of this.#faults) {
      if (fault.on === on && --fault.calls === 0) harm = fault.harm;
    }
    this.#faults = this.#faults.filter((fault) => fault.calls > 0);
    const chance = this.#nextRandom();
    if (harm === undefined && chance < this.#failing) harm = 'fail';
    if (harm === undefined && chance > 1 - this.#delayed) harm = 'delay';
    if (harm !== undefined && harm !== 'delay') this.struck++;
    return harm;
  }

  async #someTurns(): Promise<void> {
    for (let turns = 1 + this.#nextRandom() * 4; turns > 0; turns--)
      await new Promise(setImmediate);
  }

  /** From 0 to 1, by the seed (mulberry32). */
  #nextRandom(): number {
    this.#random = (this.#random + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#random ^ (this.#random >>> 15), 1 | this.#random);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}

/** The error of a fault. */
function injected(on: Operation, when: string): StorageError {
  return new StorageError(`${on} failed ${when}: an injected fault`, { code: 'EIO' });
}

function torn<T>(item: T): T {
  return item instanceof Uint8Array ? (item.subarray(0, item.length >> 1) as T) : item;
}
