import { type Batch, type PackedValues, type Spec, Store } from '@spillway/core';
import { Chunks } from './chunks.js';
import { Slabs } from './slabs.js';

/**
 * A store in memory. Bytes are copied in; each key is a list of chunks that grow geometrically, so that an
 * append never copies what is there already. Contents live as long as the handle: `close` frees them.
 *
 * `get` joins the chunks into one, which stays the value: getting an unchanged key again copies nothing.
 */
export function Dict(): DictStore {
  return new DictStore();
}

/** What {@link Dict} makes. */
export class DictStore extends Store {
  readonly #values = new Map<string, Chunks>();
  #slabs = new Slabs();
  /** The last batch's keys with their chunks: often the same keys come again, and need no look-up then. */
  #last = NOTHING;

  /** Bytes of memory that the contents take: what is allocated for them, and the index of keys. */
  get memory(): number {
    return this.#slabs.inUse + this.#values.size * BYTES_PER_KEY;
  }

  /** Each key with the bytes it holds. */
  *sizes(): Generator<readonly [key: string, bytes: number], void, void> {
    for (const [key, chunks] of this.#values) yield [key, chunks.length];
  }

  override spec(): Spec {
    return { name: 'Dict', args: [] };
  }

  protected override get keepsFrom(): number {
    return ADOPTED_BYTES;
  }

  protected override _append(batch: Batch<Uint8Array>): void {
    const chunks = this.#chunksOf(batch.keys);
    if (batch.packed) appendPacked(chunks, batch.packed);
    else appendEach(chunks, batch.values, batch.owned === true);
  }

  protected override _get(keys: readonly string[]): Uint8Array[] {
    return keys.map((key) => this.#values.get(key)?.join() ?? EMPTY);
  }

  protected override async *_stream(key: string): AsyncGenerator<Uint8Array, void, void> {
    const chunks = this.#values.get(key);
    if (chunks) yield* chunks.lend();
  }

  protected override _has(key: string): boolean {
    return this.#values.has(key);
  }

  protected override *_keys(prefix: string): Generator<string, void, void> {
    for (const key of this.#values.keys()) if (key.startsWith(prefix)) yield key;
  }

  protected override _delete(keys: readonly string[]): void {
    this.#last = NOTHING;
    for (const key of keys) {
      this.#values.get(key)?.release();
      this.#values.delete(key);
    }
    this.#slabs.trim();
  }

  /**
   * The sink gets the chunks as they are, a key repeated for each; when it resolves, their memory is what
   * the next appends are written to.
   */
  protected override async _drain(
    keys: readonly string[],
    sink: (batch: Batch<Uint8Array>) => Promise<void>,
  ): Promise<void> {
    const drained = new Map<string, Chunks>();
    this.#last = NOTHING;
    for (const key of keys) {
      const chunks = this.#values.get(key);
      if (!chunks) continue;
      drained.set(key, chunks);
      this.#values.delete(key);
    }
    try {
      await sink(pieces(drained));
    } catch (error) {
      for (const [key, chunks] of drained) this.#putBack(key, chunks);
      throw error;
    }
    for (const chunks of drained.values()) chunks.release();
  }

  protected override _drop(): void {
    for (const chunks of this.#values.values()) chunks.release();
    this.#values.clear();
    this.#last = NOTHING;
    this.#slabs.trim();
  }

  protected override _close(): void {
    this.#values.clear();
    this.#last = NOTHING;
    this.#slabs = new Slabs();
  }

  #chunksOf(keys: readonly string[]): readonly Chunks[] {
    const { keys: lastKeys, chunks: lastChunks } = this.#last;
    if (keys === lastKeys) return lastChunks;
    this.#last = NOTHING;
    const chunks: Chunks[] = lastKeys.length === keys.length ? lastChunks : [];
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as string;
      if (chunks[i] === undefined || lastKeys[i] !== key) chunks[i] = this.#chunks(key);
    }
    this.#last = { keys, chunks };
    return chunks;
  }

  #chunks(key: string): Chunks {
    let chunks = this.#values.get(key);
    if (chunks === undefined) {
      chunks = new Chunks(this.#slabs);
      this.#values.set(key, chunks);
    }
    return chunks;
  }

  /** Returns a key's drained value to the place before what was appended since. */
  #putBack(key: string, chunks: Chunks): void {
    const since = this.#values.get(key);
    this.#last = NOTHING;
    for (const part of since?.parts() ?? []) chunks.append(part);
    since?.release();
    this.#values.set(key, chunks);
  }
}

/** A map entry, a list of chunks and a key of some twenty characters, as measured in Node 20. */
const BYTES_PER_KEY = 300;

/** Values from this size on may be kept as they came. */
const ADOPTED_BYTES = 32 * 2 ** 10;

const EMPTY = new Uint8Array(0);

const NOTHING: { readonly keys: readonly string[]; readonly chunks: Chunks[] } = {
  keys: [],
  chunks: [],
};

function appendPacked(
  chunks: readonly Chunks[],
  { memory, lengthsAt, valuesAt }: PackedValues,
): void {
  const { buffer, byteOffset, byteLength } = memory;
  const words =
    (byteOffset & 3) === 0 ? new Int32Array(buffer, byteOffset, byteLength >>> 2) : undefined;
  let at = valuesAt;
  for (let i = 0; i < chunks.length; i++) {
    const length = memory.getUint32(lengthsAt + 4 * i, true);
    (chunks[i] as Chunks).appendFrom(memory, words, at, length);
    at += length;
  }
}

function appendEach(
  chunks: readonly Chunks[],
  values: readonly Uint8Array[],
  owned: boolean,
): void {
  for (let i = 0; i < chunks.length; i++) {
    const chunk = chunks[i] as Chunks;
    const value = values[i] as Uint8Array;
    if (owned && value.length >= ADOPTED_BYTES && value.length === value.buffer.byteLength)
      chunk.adopt(value);
    else chunk.append(value);
  }
}

function pieces(drained: ReadonlyMap<string, Chunks>): Batch<Uint8Array> {
  const keys: string[] = [];
  const values: Uint8Array[] = [];
  for (const [key, chunks] of drained) {
    for (const part of chunks.parts()) {
      keys.push(key);
      values.push(part);
    }
  }
  return { keys, values };
}
