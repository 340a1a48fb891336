import type { Lock } from './lock.js';
import type { Meter } from './meter.js';
import type { ServedStore } from './served-store.js';
import type { Session } from './session.js';

/** What a session needs of its server. */
export interface SessionHost {
  readonly store: ServedStore;
  readonly lock: Lock;
  readonly meter: Meter;
  /** Calls {@link Session.flush} soon. */
  readonly flushSoon: (session: Session) => void;
  /** The client asks the server to stop. */
  readonly stop: () => void;
}

/** Whom a session is for. */
export interface SessionClient {
  /** The client's identity, in hexadecimal digits. */
  readonly identity: string;
  readonly name: string;
  /** How long its requests may wait for another client's lock, in ms. */
  readonly lockTimeout: number;
  /** Appends that an earlier server carried out for it, as the store's ledger says. */
  readonly applied: readonly number[];
}
