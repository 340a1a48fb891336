import { all, attempt, then } from './awaitable.js';
import { type Batch, checkBytes } from './entries.js';
import { CorruptError, SchemaError, SpillwayError, StorageError } from './errors.js';
import {
  allocate,
  type Copyable,
  concatBytes,
  FrameSplitter,
  framedBytes,
  type Payload,
  packFrame,
  splitFrames,
} from './frame.js';
import type { Awaitable } from './gate.js';
import { quote } from './key.js';
import { Layer, requireBytes } from './layer.js';
import type { Ledger } from './ledger.js';
import { SpareMemory } from './spare-memory.js';
import type { Spec, SpecValue } from './spec.js';
import type { Store } from './store.js';

/** Three functions that make a layer. */
export interface Codec<V> {
  /** The factory's name, as specs and messages show it. */
  readonly name: string;
  /** Options as the spec shows them, when they differ from the defaults. */
  readonly options?: { readonly [name: string]: SpecValue };
  /** Throws a `SchemaError` unless a value is one to `join` and `encode`. For bytes there is no need. */
  readonly check?: (value: unknown, key: string) => void;
  /**
   * The bytes of one value, or pieces of them, which may be views of it, or what writes them. What it throws for a bad
   * value becomes a `SchemaError` naming the key.
   *
   * @param together how many values are encoded together: with several, threads can share the work.
   */
  readonly encode: (value: V, together: number) => Awaitable<Payload | Copyable>;
  /**
   * The value of one payload. What it throws becomes a `CorruptError` naming key and frame.
   *
   * @param together how many payloads are decoded together.
   */
  readonly decode: (payload: Uint8Array, together: number) => Awaitable<V>;
  /**
   * The value of a key from those of its frames; of none, the value of an absent key; of one, a part of a stream. What
   * it throws for values that don't fit each other becomes a `SchemaError` naming the key.
   */
  readonly join: (values: V[]) => V;
}

/**
 * A layer that frames each encoded value (see {@link FRAME_HEADER_BYTES}) and joins what it decodes.
 *
 * @param codec three functions and a name.
 * @param store the byte store to wrap.
 * @throws {TypeError} when `store` holds no bytes, as in `LZ4(Msgpack(…))`.
 */
export function Encode<V>(codec: Codec<V>, store: Store): Store<V> {
  return new EncodeLayer(codec, store);
}

class EncodeLayer<V> extends Layer<V> {
  readonly #codec: Codec<V>;
  readonly #spare = new SpareMemory();
  override readonly holdsBytes: boolean;
  /** Settles when the last append whose values take time to encode was handed on. */
  #lastHandedOn: Promise<unknown> | undefined;

  constructor(codec: Codec<V>, store: Store) {
    super(codec.name, store);
    requireBytes(codec.name, store);
    this.#codec = codec;
    this.holdsBytes = codec.join([]) instanceof Uint8Array;
  }

  override spec(): Spec {
    const { name, options } = this.#codec;
    return { name, args: options ? [this.innerSpec(), options] : [this.innerSpec()] };
  }

  protected override check(value: unknown, key: string): asserts value is V {
    // What else is wrong with a value is found by encoding it, before anything is written.
    if (this.holdsBytes) checkBytes(value, key);
    this.#codec.check?.(value, key);
  }

  protected override get ledger(): Ledger | undefined {
    return this.inner.ledger;
  }

  protected override _append(batch: Batch<V>): Awaitable<void> {
    const join = (values: V[], key: string) => this.#join(values, key);
    const encoded = this.#encode(joinRuns(batch, join));
    if (encoded instanceof Promise || this.#lastHandedOn) return this.#appendInTurn(encoded);
    return this.#handOn(encoded);
  }

  protected override _set(batch: Batch<V>): Awaitable<void> {
    return then(this.#encode(batch), ({ batch }) => this.inner._set(batch));
  }

  protected override _iset(key: string, value: V): Awaitable<void> {
    return then(this.#encode({ keys: [key], values: [value] }), ({ batch }) =>
      this.inner._iset(key, batch.values[0] as Uint8Array),
    );
  }

  protected override _get(keys: readonly string[]): Awaitable<V[]> {
    return then(this.inner._get(keys), (stored) => this.#decodeValues(stored, keys));
  }

  protected override async _pop(keys: readonly string[]): Promise<V[]> {
    const stored = await this.inner._pop(keys);
    try {
      return await this.#decodeValues(stored, keys);
    } catch (error) {
      await this.#putBack(keys, stored, error);
      throw error;
    }
  }

  protected override async *_stream(key: string): AsyncGenerator<V, void, void> {
    const splitter = new FrameSplitter(key);
    let index = 0;
    for await (const piece of this.inner._stream(key)) {
      for (const payload of splitter.push(piece))
        yield this.#join([await this.#decode(payload, 1, key, index++)], key);
    }
    splitter.end();
  }

  protected override async *_entries(
    prefix: string,
  ): AsyncGenerator<readonly [key: string, value: V], void, void> {
    for await (const [key, bytes] of this.inner._entries(prefix)) {
      const [value] = await this.#decodeValues([bytes], [key]);
      yield [key, value as V];
    }
  }

  /** Hands appends on in the order of their calls, also when a later one is encoded first. */
  async #appendInTurn(encoded: Awaitable<Encoded>): Promise<void> {
    const handOn = async (before: Promise<unknown> | undefined) => {
      const [result] = await Promise.allSettled([encoded, before]);
      if (result.status === 'rejected') throw result.reason;
      return { appended: this.#handOn(result.value) };
    };
    const handedOn = handOn(this.#lastHandedOn);
    this.#lastHandedOn = handedOn;
    try {
      await (await handedOn).appended;
    } finally {
      if (this.#lastHandedOn === handedOn) this.#lastHandedOn = undefined;
    }
  }

  /** Appends what was encoded. Its memory is free afterwards; what rejects may still have it. */
  #handOn({ batch, memory }: Encoded): Awaitable<void> {
    return then(this.inner._append(batch), () => this.#spare.give(memory));
  }

  /** Appends what a pop took and could not decode. What was absent stays absent. */
  async #putBack(
    keys: readonly string[],
    stored: readonly Uint8Array[],
    error: unknown,
  ): Promise<void> {
    const there = keys.map((_, i) => i).filter((i) => (stored[i] as Uint8Array).length > 0);
    try {
      await this.inner._append({
        keys: there.map((i) => keys[i] as string),
        values: there.map((i) => stored[i] as Uint8Array),
      });
    } catch (cause) {
      throw new StorageError(
        `${reason(error)}; what was popped could not be put back and is lost: ${reason(cause)}`,
        { cause: new AggregateError([error, cause]) },
      );
    }
  }

  #encode({ keys, values, origin }: Batch<V>): Awaitable<Encoded> {
    const payloads = all(values, (value, i) =>
      this.#encodeOne(value, values.length, keys[i] as string),
    );
    return then(payloads, (payloads) => {
      const { values, memory } = this.#frame(payloads);
      const owned = Number.isFinite(this.inner.keepsFrom);
      return { batch: { origin, keys, values, owned }, memory };
    });
  }

  /** Frames many payloads in one piece of memory, so that a batch costs one allocation, if any, but for large ones. */
  #frame(payloads: readonly (Payload | Copyable)[]): { values: Uint8Array[]; memory: Uint8Array } {
    const { keepsFrom } = this.inner;
    const sizes = payloads.map(framedBytes);
    let shared = 0;
    for (const bytes of sizes) if (bytes < keepsFrom) shared += bytes;
    const memory = this.#spare.take(shared);
    let at = 0;
    const values = payloads.map((payload, i) => {
      const bytes = sizes[i] as number;
      if (bytes >= keepsFrom) return packFrame(payload, allocate(bytes), 0);
      at += bytes;
      return packFrame(payload, memory, at - bytes);
    });
    return { values, memory };
  }

  #encodeOne(value: V, together: number, key: string): Awaitable<Payload | Copyable> {
    return attempt(
      () => this.#codec.encode(value, together),
      (cause) => this.#unfit(`encode the value of key ${quote(key)}`, key, cause),
    );
  }

  #decodeValues(stored: readonly Uint8Array[], keys: readonly string[]): Awaitable<V[]> {
    const frames = stored.map((bytes, i) => splitFrames(bytes, keys[i] as string));
    const together = frames.reduce((sum, { length }) => sum + length, 0);
    return all(frames, (payloads, i) => {
      const key = keys[i] as string;
      const values = all(payloads, (payload, index) => this.#decode(payload, together, key, index));
      return then(values, (values) => this.#join(values, key));
    });
  }

  #join(values: V[], key: string): V {
    try {
      return this.#codec.join(values);
    } catch (cause) {
      throw this.#unfit(`join the values of key ${quote(key)}`, key, cause);
    }
  }

  #unfit(what: string, key: string, cause: unknown): SchemaError {
    const field = cause instanceof SpillwayError ? cause.field : undefined;
    const details = { key, cause, ...(field !== undefined && { field }) };
    return new SchemaError(`${this.#codec.name} can't ${what}: ${reason(cause)}`, details);
  }

  #decode(payload: Uint8Array, together: number, key: string, frame: number): Awaitable<V> {
    return attempt(
      () => this.#codec.decode(payload, together),
      (cause) => {
        if (cause instanceof SpillwayError && cause.key !== undefined) return cause;
        return new CorruptError(
          `frame ${frame} of key ${quote(key)} is no ${this.#codec.name} frame: ${reason(cause)}`,
          { key, frame, cause },
        );
      },
    );
  }
}

/** A batch whose values are views of some memory, but for those that the store may keep. */
interface Encoded {
  readonly batch: Batch<Uint8Array>;
  readonly memory: Uint8Array;
}

/** The join of byte values, for compressors. */
export const joinBytes: (values: Uint8Array[]) => Uint8Array = concatBytes;

/** Joins neighbours of one key, as a spill hands them over: one large frame beats many small ones. */
function joinRuns<V>(batch: Batch<V>, join: (values: V[], key: string) => V): Batch<V> {
  const { keys, values, origin } = batch;
  if (!keys.some((key, i) => key === keys[i - 1])) return batch;
  const starts = keys.flatMap((key, i) => (key === keys[i - 1] ? [] : [i]));
  return {
    origin,
    keys: starts.map((start) => keys[start] as string),
    values: starts.map((start, i) =>
      join(values.slice(start, starts[i + 1]), keys[start] as string),
    ),
  };
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
