import type { Awaitable } from './gate.js';

/** Which batch of which sender a batch is. A store with a {@link Ledger} keeps it in one step with the batch. */
export interface Origin {
  /** A name of the sender's own, of at most 64 characters, that it never changes. */
  readonly sender: string;
  /** Another number for each of the sender's batches. */
  readonly sequence: number;
}

/**
 * What a store that outlives its process knows of the batches in it that came with an {@link Origin}. Who asks it
 * whether a batch is there, before appending that batch again, has it there once, also after a crash.
 */
export interface Ledger {
  /** The senders it knows. */
  senders(): Awaitable<string[]>;
  /** The sequences of a sender's batches that are there and not settled. */
  applied(sender: string): Awaitable<number[]>;
  /** Forgets a sender's sequences up to this one, for which nobody will ask any more. */
  settle(sender: string, sequence: number): Awaitable<void>;
}
