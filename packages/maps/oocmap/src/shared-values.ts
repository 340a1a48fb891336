import { createHash } from 'node:crypto';
import { CorruptError } from '@spillway/core';
import { type Bytes, type BytesValue, valueOfBytes } from './bytes.js';
import type { Environment } from './environment.js';
import { BytesType, DIGEST_BYTES, Shared } from './stored.js';

/** Changes of counts that wait to be written. */
const MOST_PENDING = 4096;
/** Strings that are kept, by what they take in memory. */
const KEPT_CHARACTERS = 2 ** 20;
const LONGEST_KEPT = 2 ** 14;

/** A value's count of uses: as the table has it, and what is to be added. */
interface Uses {
  readonly size: number;
  readonly stored: number;
  change: number;
}

/**
 * Values that can't change, once for all that are equal. Each has its bytes in one table and the number of its
 * uses in another, so that to use it once more doesn't write the bytes again.
 */
export class SharedValues {
  readonly #environment: Environment;
  readonly #pending = new Map<string, Uses>();
  readonly #strings = new Map<string, string>();
  #characters = 0;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** Stores a value, or counts one use more of its equal. */
  add(value: Bytes): Shared {
    const { type, bytes } = value;
    const digest = this.digest(value);
    const uses = this.#uses(digest, bytes.length);
    if (uses.stored + uses.change === 0) this.#environment.file.values.put(digest, bytes);
    else this.#environment.header.savedBytes += bytes.length;
    uses.change++;
    return new Shared(type, digest, bytes.length);
  }

  /** What a value is named by in the table. */
  digest({ type, bytes }: Bytes): string {
    const hash = createHash('sha256').update(Uint8Array.of(type)).update(bytes);
    return hash.digest().toString('latin1', 0, DIGEST_BYTES);
  }

  /** Counts one use less. */
  release({ digest, size }: Shared): void {
    const uses = this.#uses(digest, size);
    uses.change--;
    if (uses.stored + uses.change > 0) this.#environment.header.savedBytes -= size;
  }

  /** The value, as a copy of its own. @throws {CorruptError} when its bytes are not there. */
  get({ type, digest, size }: Shared): BytesValue {
    const text = type <= BytesType.Utf16 ? this.#strings.get(digest) : undefined;
    if (text !== undefined) return text;
    const { file } = this.#environment;
    const bytes = file.values.get(digest);
    if (bytes === undefined || bytes.length !== size)
      throw new CorruptError(`${file.path} lacks a value of ${size} bytes`, { path: file.path });
    const value = valueOfBytes(type, bytes, 0, size);
    if (typeof value === 'string') this.#keep(digest, value);
    return value;
  }

  /** Writes the counts, and deletes what is used no more. */
  flush(): void {
    const { values, uses } = this.#environment.file;
    const bytes = Buffer.alloc(4);
    for (const [digest, { stored, change }] of this.#pending) {
      if (stored + change === 0) {
        values.remove(digest);
        uses.remove(digest);
      } else if (change !== 0) {
        bytes.writeUInt32LE(stored + change);
        uses.put(digest, bytes);
      }
    }
    this.#pending.clear();
  }

  /** Forgets counts. The strings stay: what a digest stands for doesn't change. */
  forget(): void {
    this.#pending.clear();
  }

  #uses(digest: string, size: number): Uses {
    let uses = this.#pending.get(digest);
    if (uses === undefined) {
      if (this.#pending.size >= MOST_PENDING) this.flush();
      const bytes = this.#environment.file.uses.get(digest);
      uses = { size, stored: bytes?.readUInt32LE() ?? 0, change: 0 };
      this.#pending.set(digest, uses);
    }
    return uses;
  }

  #keep(digest: string, text: string): void {
    if (text.length > LONGEST_KEPT) return;
    if (this.#characters > KEPT_CHARACTERS) {
      this.#strings.clear();
      this.#characters = 0;
    }
    this.#strings.set(digest, text);
    this.#characters += text.length;
  }
}
