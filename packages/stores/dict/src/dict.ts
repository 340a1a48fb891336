import { type Batch, type Spec, Store } from '@spillway/core';
import { ChunkPool, Chunks } from './chunks.js';

/**
 * A store in memory. Bytes are copied in; each key is a list of chunks that grow geometrically, so that an
 * append never copies what is there already. Contents live as long as the handle: `close` frees them.
 *
 * `get` returns the store's own memory where a key is one chunk and joins the chunks into one otherwise;
 * getting an unchanged key again copies nothing.
 */
export function Dict(): DictStore {
  return new DictStore();
}

/** What {@link Dict} makes. */
export class DictStore extends Store {
  readonly #values = new Map<string, Chunks>();
  readonly #pool = new ChunkPool();
  /** The last batch's keys with their chunks: often the same keys come again, and need no look-up then. */
  #last = NOTHING;

  /** Bytes of memory that the contents take: what is allocated for them, and the index of keys. */
  get memory(): number {
    return this.#pool.inUse + this.#values.size * BYTES_PER_KEY;
  }

  /** Each key with the bytes it holds. */
  *sizes(): Generator<readonly [key: string, bytes: number], void, void> {
    for (const [key, chunks] of this.#values) yield [key, chunks.length];
  }

  override spec(): Spec {
    return { name: 'Dict', args: [] };
  }

  protected override _append({ keys, values }: Batch<Uint8Array>): void {
    const { keys: lastKeys, chunks: lastChunks } = this.#last;
    this.#last = NOTHING;
    const chunks: Chunks[] = lastKeys.length === keys.length ? lastChunks : [];
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as string;
      if (chunks[i] === undefined || lastKeys[i] !== key) chunks[i] = this.#chunks(key);
      (chunks[i] as Chunks).append(values[i] as Uint8Array);
    }
    this.#last = { keys, chunks };
  }

  protected override _get(keys: readonly string[]): Uint8Array[] {
    return keys.map((key) => this.#values.get(key)?.join() ?? EMPTY);
  }

  protected override async *_stream(key: string): AsyncGenerator<Uint8Array, void, void> {
    yield* this.#values.get(key)?.lend() ?? [];
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
      this.#values.get(key)?.release('deletion');
      this.#values.delete(key);
    }
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
    for (const chunks of drained.values()) chunks.release('spill');
  }

  protected override _drop(): void {
    for (const chunks of this.#values.values()) chunks.release('deletion');
    this.#values.clear();
    this.#last = NOTHING;
  }

  protected override _close(): void {
    this.#values.clear();
    this.#last = NOTHING;
    this.#pool.clear();
  }

  #chunks(key: string): Chunks {
    let chunks = this.#values.get(key);
    if (chunks === undefined) {
      chunks = new Chunks(this.#pool);
      this.#values.set(key, chunks);
    }
    return chunks;
  }

  /** Returns a key's drained value to the place before what was appended since. */
  #putBack(key: string, chunks: Chunks): void {
    const since = this.#values.get(key);
    this.#last = NOTHING;
    for (const part of since?.parts() ?? []) chunks.append(part);
    since?.release('spill');
    this.#values.set(key, chunks);
  }
}

/** A map entry, a list of chunks and a key of some twenty characters, as measured in Node 20. */
const BYTES_PER_KEY = 300;

const EMPTY = new Uint8Array(0);

const NOTHING: { readonly keys: readonly string[]; readonly chunks: Chunks[] } = {
  keys: [],
  chunks: [],
};

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
