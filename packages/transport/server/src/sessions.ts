import { randomBytes } from 'node:crypto';
import { type Hello, IDENTITY_BYTES, packWelcome } from '@spillway/wire';
import { Budget } from './budget.js';
import type { Connection } from './connection.js';
import { settle } from './ledger.js';
import { Lock } from './lock.js';
import type { Meter } from './meter.js';
import type { ServedStore } from './served-store.js';
import { Session, WINDOW_REQUESTS } from './session.js';

/**
 * What a client without a connection holds is given up at so many sweeps, a second apart. They are counted, because a
 * thread that is held up does not hear the client come back.
 */
const GRACE_SWEEPS = 3;

/** What became of its changes is remembered for so long, in ms. */
const RETENTION = 600_000;

/** So many clients without a connection are remembered at most. */
const MOST_GONE = 10_000;

/** What sessions need of their server. */
export interface SessionsHost {
  readonly store: ServedStore;
  readonly meter: Meter;
  /** A client asks the server to stop. */
  readonly stop: () => void;
}

/** A client, known by its identity. */
interface Known {
  readonly session: Session;
  epoch: number;
  connection: Connection | undefined;
  /** Since when it has no connection, as `performance.now()` says it. */
  goneAt: number;
  /** Sweeps since then. */
  missed: number;
}

/** The sessions of a server, which outlive their connections. */
export class Sessions {
  readonly #host: SessionsHost;
  readonly #identity = randomBytes(IDENTITY_BYTES);
  readonly #budget: Budget;
  readonly #lock: Lock;
  readonly #known = new Map<string, Known>();
  readonly #unflushed = new Set<Session>();
  /** Senders that the store's ledger knows from before, until it is time to forget them. */
  readonly #before: Promise<string[]>;
  readonly #began = performance.now();
  #bursting = false;

  /** @param memory bytes of requests, of all clients together. */
  constructor(host: SessionsHost, memory: number) {
    this.#host = host;
    this.#budget = new Budget(memory);
    this.#lock = new Lock(host.store, () => {
      for (const { session } of this.#known.values()) session.goOn();
    });
    const { ledgerBelow } = host.store;
    this.#before = Promise.resolve(ledgerBelow?.senders() ?? []).catch(() => []);
  }

  /** Clients that are connected. */
  get connected(): number {
    let clients = 0;
    for (const { connection } of this.#known.values()) if (connection) clients++;
    return clients;
  }

  /** Requests that are here, and their bytes. */
  get queue(): { readonly requests: number; readonly bytes: number } {
    let requests = 0;
    for (const { session } of this.#known.values()) requests += session.waiting;
    return { requests, bytes: this.#budget.used };
  }

  /** Whether a hello comes late, or a second time: the client has this connection, or another by now. */
  isLate({ identity, epoch }: Hello): boolean {
    const known = this.#known.get(nameOf(identity));
    return known !== undefined && epoch <= known.epoch;
  }

  /** Opens a client's session, or goes on with it over another connection; not for a hello that comes late. */
  async open(hello: Hello, connection: Connection): Promise<Session | undefined> {
    const identity = nameOf(hello.identity);
    const { ledgerBelow } = this.#host.store;
    const known = this.#known.get(identity);
    const applied = known ? [] : await ledgerBelow?.applied(identity);
    // Another hello of the same client may have come meanwhile.
    const current = this.#known.get(identity) ?? this.#begin(identity, hello, applied ?? []);
    if (this.isLate(hello)) return undefined;
    current.epoch = hello.epoch;
    current.connection = connection;
    current.missed = 0;
    const { session } = current;
    session.attach(connection);
    connection.send(
      packWelcome({
        identity: this.#identity,
        window: session.window,
        requests: WINDOW_REQUESTS,
        knowledge: known ? 'all' : applied ? 'appends' : 'nothing',
        locked: session.locked,
      }),
    );
    return session;
  }

  /** A connection is lost; the client may come back over another one. */
  lost(session: Session, connection: Connection): void {
    for (const known of this.#known.values()) {
      if (known.session !== session || known.connection !== connection) continue;
      known.connection = undefined;
      known.goneAt = performance.now();
      session.attach(undefined);
    }
  }

  /** Puts answers that can be said together off, until {@link endBurst}. */
  beginBurst(): void {
    this.#bursting = true;
  }

  endBurst(): void {
    this.#bursting = false;
    for (const session of this.#unflushed) session.flush();
    this.#unflushed.clear();
  }

  /** Greets all clients, which shows those that are gone, and gives up what these hold for too long. */
  sweep(): void {
    const now = performance.now();
    const gone: string[] = [];
    for (const [identity, known] of this.#known) {
      if (known.connection) {
        known.session.greet();
        continue;
      }
      gone.push(identity);
      if (++known.missed === GRACE_SWEEPS) this.#lapse(known);
    }
    gone.forEach((identity, i) => {
      const { goneAt } = this.#known.get(identity) as Known;
      if (now - goneAt >= RETENTION || i < gone.length - MOST_GONE) this.#forget(identity);
    });
    if (now - this.#began >= RETENTION) void this.#forgetThoseBefore();
  }

  /** Finishes what has arrived of all clients. */
  async end(): Promise<void> {
    await Promise.all([...this.#known.values()].map(({ session }) => session.end()));
  }

  #begin(identity: string, hello: Hello, applied: readonly number[]): Known {
    const host = { ...this.#host, lock: this.#lock, flushSoon: (s: Session) => this.#flushSoon(s) };
    const { name, lockTimeout } = hello;
    const client = { identity, name, lockTimeout, applied };
    const session = new Session(host, client, this.#budget.join());
    const known = { session, epoch: 0, connection: undefined, goneAt: 0, missed: 0 };
    this.#known.set(identity, known);
    return known;
  }

  #flushSoon(session: Session): void {
    this.#unflushed.add(session);
    if (!this.#bursting && this.#unflushed.size === 1) queueMicrotask(() => this.endBurst());
  }

  #lapse(known: Known): void {
    known.session
      .lapse()
      .catch((error) =>
        process.emitWarning(
          `what a lost client left could not be put right: ${error}`,
          'SpillwayWarning',
        ),
      );
  }

  #forget(identity: string): void {
    const known = this.#known.get(identity);
    this.#known.delete(identity);
    void known?.session.end().catch(() => {});
    void settle(this.#host.store.ledgerBelow, identity);
  }

  async #forgetThoseBefore(): Promise<void> {
    const senders = (await this.#before).splice(0);
    for (const identity of senders)
      if (!this.#known.has(identity)) await settle(this.#host.store.ledgerBelow, identity);
  }
}

function nameOf(identity: Uint8Array): string {
  return Buffer.from(identity).toString('hex');
}
