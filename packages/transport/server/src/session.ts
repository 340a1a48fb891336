import { type Awaitable, type Batch, ClosedError, type Ledger } from '@spillway/core';
import {
  cut,
  type Frames,
  packError,
  ReplyKind,
  type RequestHeader,
  RequestKind,
  requestId,
} from '@spillway/wire';
import type { Assembly } from './assembly.js';
import type { Share } from './budget.js';
import type { Connection } from './connection.js';
import { Holdings } from './holdings.js';
import { Inbox, type Request } from './inbox.js';
import { settle } from './ledger.js';
import { bytesOf } from './meter.js';
import { type Answer, carryOut, carryOutOn, isChange, then } from './operations.js';
import { type Outcome, Outcomes } from './outcomes.js';
import { Replies } from './replies.js';
import { endless } from './results.js';
import type { SessionClient, SessionHost } from './session-host.js';
import { Turns } from './turns.js';

/** So many requests a client may have unanswered, or answered without having heard of it. */
export const WINDOW_REQUESTS = 1000;

/** A client that has more is none of ours. */
const MOST_REQUESTS = 3 * WINDOW_REQUESTS;

/** After so many appends the store's ledger forgets those whose answers were heard. */
const SETTLE_EVERY = 10_000;

/**
 * One client's requests in spillway/1, over all its connections. They take effect in the order in which they
 * arrive: appends are handed to the store one after the other, without waiting for each; any other request waits
 * until this client's earlier appends are done, then goes through the store's gate. A change that comes again, since
 * the client lost its connection before it heard the answer, is answered and not carried out again.
 */
export class Session {
  readonly #host: SessionHost;
  readonly #client: SessionClient;
  readonly #share: Share;
  readonly #replies: Replies;
  readonly #outcomes: Outcomes;
  readonly #holdings: Holdings;
  readonly #ledger: Ledger | undefined;
  readonly #turns: Turns;
  #connection: Connection | undefined;
  #inbox: Inbox | undefined;
  /** Appends that the store's ledger has of this client. */
  #unsettled: number;
  #ended = false;

  constructor(host: SessionHost, client: SessionClient, share: Share) {
    this.#host = host;
    this.#client = client;
    this.#share = share;
    this.#ledger = host.store.ledgerBelow;
    this.#unsettled = client.applied.length;
    this.#outcomes = new Outcomes(client.applied);
    this.#holdings = new Holdings(client.name, host.lock, host.store, this.#outcomes);
    this.#replies = new Replies(
      () => share.window,
      () => host.flushSoon(this),
    );
    this.#turns = new Turns(
      {
        start: (request) => this.#start(request),
        refuse: (request, error) => this.#refuse(request, error),
        blocked: () => this.#holdings.blocked,
        refusal: (timeout) => host.lock.refusal(timeout),
      },
      client.lockTimeout,
    );
  }

  /** Whether the client holds the lock. */
  get locked(): boolean {
    return this.#holdings.locked;
  }

  /** Bytes that the client may have unanswered. */
  get window(): number {
    return this.#share.window;
  }

  /** Requests that are here and not answered. */
  get waiting(): number {
    return this.#turns.waiting;
  }

  /** Goes on over a connection, or none: requests of the one before that were not begun will come again. */
  attach(connection: Connection | undefined): void {
    this.#connection = connection;
    this.#inbox?.end();
    for (const { bytes } of this.#turns.clear()) this.#share.give(bytes);
    this.#replies.attach(connection);
    this.#inbox =
      connection && new Inbox(this.#share, (id) => this.#replies.send(ReplyKind.taken, id));
  }

  /** Whether the client's connection is this one; what still comes over an earlier one must be passed over. */
  isOver(connection: Connection): boolean {
    return this.#connection === connection;
  }

  /** Sends a sign of life, which fails when the client is gone. */
  greet(): void {
    this.#replies.send(ReplyKind.alive, 0);
  }

  /** Sends what was put off. */
  flush(): void {
    this.#replies.flush();
  }

  /**
   * Takes a message. What is wrong with it goes back to the client as an error.
   *
   * @returns whether the client keeps to its limits.
   */
  receive(frames: Frames): boolean {
    try {
      const message = this.#inbox?.read(frames);
      if (!this.#inbox || !message) return true;
      const { kind, id, credit, confirmed } = message.header;
      this.#confirm(confirmed);
      if (kind === RequestKind.pull) this.#replies.pull(id, credit);
      else if (kind === RequestKind.arrived) this.#replies.arrived(credit);
      else if (kind === RequestKind.cancel) this.#replies.cancel(id);
      else if (kind === RequestKind.received) this.#confirmPopped(id);
      else if (kind === RequestKind.ping) this.#replies.send(ReplyKind.alive, id);
      else if (this.#ended) this.#fail(id, new ClosedError('the server is closing'));
      else {
        const bytes = bytesOf(frames);
        const fits = this.#share.take(bytes);
        const request = this.#inbox.take(message, bytes);
        if (request) this.#turns.push(request);
        return fits && this.waiting + this.#outcomes.size <= MOST_REQUESTS;
      }
    } catch (error) {
      this.#fail(idOf(frames), error);
    }
    return true;
  }

  /** Another client's lock is free. */
  goOn(): void {
    this.#turns.next();
  }

  /** Gives up what a client that is gone for long holds. Resolves when that is done. */
  async lapse(): Promise<void> {
    this.#replies.cancelAll();
    await this.#holdings.lapse();
  }

  /** Finishes what has arrived, then lapses. Resolves when all that is done. */
  async end(): Promise<void> {
    this.#ended = true;
    this.#replies.cancelAll();
    await this.#turns.idle();
    await this.lapse();
    this.flush();
    this.#share.leave();
  }

  #start(request: Request): Promise<void> | undefined {
    const { id, kind } = request.header;
    const known = isChange(kind) ? this.#outcomes.get(id) : undefined;
    if (known !== undefined) {
      this.#answerAgain(request, known);
      return undefined;
    }
    try {
      const outcome = this.#carryOut(request);
      if (outcome instanceof Promise) return this.#finishLater(request, outcome);
      this.#answered(request);
    } catch (error) {
      this.#refuse(request, error);
    }
    return undefined;
  }

  #answerAgain({ header, bytes }: Request, outcome: Outcome): void {
    const { id } = header;
    const popped = this.#holdings.popped(id);
    if (popped) void this.#answer(header).columns({ values: popped.values });
    else if (outcome === 'done') this.#replies.done(id);
    else if (outcome !== 'running') this.#replies.send(ReplyKind.error, id, outcome);
    this.#share.give(bytes);
  }

  async #finishLater(request: Request, outcome: Promise<void>): Promise<void> {
    const { id, kind } = request.header;
    if (isChange(kind)) this.#outcomes.set(id, 'running');
    try {
      await outcome;
      this.#answered(request);
    } catch (error) {
      this.#refuse(request, error);
    }
    if (this.#ended) this.#replies.cancelAll();
  }

  #refuse(request: Request, error: unknown): void {
    this.#fail(request.header.id, error, request.header.kind);
    this.#answered(request);
  }

  #answered({ bytes, began }: Request): void {
    this.#share.give(bytes);
    this.#host.meter.answered(began);
  }

  #carryOut({ header, body, assembly }: Request): Awaitable<void> {
    const { kind, id } = header;
    const { store } = this.#holdings;
    switch (kind) {
      case RequestKind.lock:
        body.end();
        return this.#holdings.lock(id, this.#client.lockTimeout).then(() => this.#done(id));
      case RequestKind.unlock:
        body.end();
        return this.#holdings.unlock().then(() => this.#done(id));
      case RequestKind.close:
        body.end();
        this.#done(id);
        return this.#host.stop();
      case RequestKind.append:
        this.#host.meter.batches++;
        return then(store.appendBatch(this.#batch(assembly as Assembly, id)), () => this.#done(id));
      default:
        if (!assembly) return carryOut(store, kind, body, this.#answer(header));
        return carryOutOn(store, kind, assembly, this.#answer(header));
    }
  }

  /** What a request appends, with what the store's ledger must know of it. */
  #batch({ pieces }: Assembly, sequence: number): Batch<Uint8Array> {
    if (!this.#ledger) return pieces;
    this.#unsettled++;
    const { keys, values } = pieces;
    return { keys, values, origin: { sender: this.#client.identity, sequence } };
  }

  #answer(header: RequestHeader): Answer {
    const { id } = header;
    const inbox = this.#inbox;
    return {
      done: () => this.#done(id),
      columns: (columns) => {
        // What was asked over a connection that is lost is asked again over the next.
        if (this.#inbox !== inbox) return;
        const results = this.#replies.open(header);
        return then(results.sendFew(cut(columns)), () => this.#replies.close(id, results));
      },
      parts: async (parts) => {
        if (this.#inbox !== inbox) return;
        const results = this.#replies.open(header);
        try {
          if (await results.sendAll(endless(parts))) this.#replies.done(id);
        } finally {
          this.#replies.close(id, results);
        }
      },
      popped: (batch) => {
        this.#outcomes.set(id, 'done');
        this.#holdings.keep(id, batch);
      },
    };
  }

  /** Popped values are the client's, for good. */
  #confirmPopped(id: number): void {
    this.#holdings.confirm(id);
    this.#replies.done(id);
  }

  /** The client has heard the answers to all requests up to this one. */
  #confirm(id: number): void {
    this.#outcomes.confirm(id);
    if (!this.#ledger || this.#unsettled < SETTLE_EVERY) return;
    this.#unsettled = this.#outcomes.size;
    void settle(this.#ledger, this.#client.identity, id);
  }

  #done(id: number): void {
    this.#outcomes.set(id, 'done');
    this.#replies.done(id);
  }

  #fail(id: number, error: unknown, kind?: RequestKind): void {
    const packed = packError(error);
    if (kind !== undefined && isChange(kind)) this.#outcomes.set(id, packed);
    this.#replies.send(ReplyKind.error, id, packed);
  }
}

/** The id that a malformed message may still carry; errors without one name request 0. */
function idOf(frames: Frames): number {
  try {
    return requestId(frames);
  } catch {
    return 0;
  }
}
