import { type Batch, type Ledger, MAX_KEY_BYTES, type Primitives } from '@spillway/core';
import type { LogParts } from './parts.js';

/** Keys of the log's own, one a sender: longer than anybody else's can be. */
const PREFIX = '\0'.repeat(MAX_KEY_BYTES);

/**
 * Keeps the sequences of each sender's batches as the value of a hidden key, to which each batch appends its own: so
 * the record that has the batch has its sequence too, and recovery and compaction need to know nothing of it.
 */
export class LogLedger implements Ledger {
  readonly #parts: LogParts;
  readonly #log: Primitives<Uint8Array>;
  #inUse = false;

  constructor(parts: LogParts, log: Primitives<Uint8Array>) {
    this.#parts = parts;
    this.#log = log;
  }

  /** The batch with its sequence. */
  mark(batch: Batch<Uint8Array>): Batch<Uint8Array> {
    const { keys, values, origin } = batch;
    if (!origin) return batch;
    this.#inUse = true;
    return {
      keys: [...keys, PREFIX + origin.sender],
      values: [...values, encode([origin.sequence])],
    };
  }

  async senders(): Promise<string[]> {
    this.#inUse = true;
    const keys = await this.#parts.gate.run('shared', () => this.#hidden());
    return keys.map((key) => key.slice(PREFIX.length));
  }

  async applied(sender: string): Promise<number[]> {
    this.#inUse = true;
    return this.#parts.gate.run('shared', () => this.#read(sender));
  }

  async settle(sender: string, sequence: number): Promise<void> {
    const keys = [PREFIX + sender];
    await this.#parts.gate.run('alone', async () => {
      const left = (await this.#read(sender)).filter((one) => one > sequence);
      return left.length > 0
        ? this.#log._set({ keys, values: [encode(left)] })
        : this.#log._delete(keys);
    });
  }

  async #read(sender: string): Promise<number[]> {
    const [value] = await this.#log._get([PREFIX + sender]);
    return decode(value as Uint8Array);
  }

  /** All of it, for a log about to drop everything else; nothing if this handle never needed it. */
  async all(): Promise<Batch<Uint8Array>> {
    if (!this.#inUse) return { keys: [], values: [] };
    const keys = await this.#hidden();
    return { keys, values: await this.#log._get(keys) };
  }

  async #hidden(): Promise<string[]> {
    await this.#parts.catchUp();
    return this.#parts.contents.index.hidden();
  }
}

function encode(sequences: readonly number[]): Uint8Array {
  return new Uint8Array(BigUint64Array.from(sequences, BigInt).buffer);
}

function decode(value: Uint8Array): number[] {
  return Array.from(new BigUint64Array(value.slice().buffer), Number);
}
