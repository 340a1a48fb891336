import type { Awaitable, Batch, Ledger } from '@spillway/core';
import { cut, packError, ReplyKind, type RequestHeader, RequestKind } from '@spillway/wire';
import type { Assembly } from './assembly.js';
import { Holdings } from './holdings.js';
import type { Request } from './inbox.js';
import { settle } from './ledger.js';
import { type Answer, carryOut, carryOutOn, isChange, then } from './operations.js';
import { type Outcome, Outcomes } from './outcomes.js';
import type { Replies } from './replies.js';
import { endless } from './results.js';
import type { SessionClient, SessionHost } from './session-host.js';

/** After so many appends the store's ledger forgets those whose answers were heard. */
const SETTLE_EVERY = 10_000;

/**
 * Carries out one client's requests and answers them. A change that comes again, since the client lost its connection
 * before it heard the answer, is answered and not carried out again.
 */
export class Executor {
  readonly #host: SessionHost;
  readonly #client: SessionClient;
  readonly #replies: Replies;
  readonly #answered: (request: Request) => void;
  readonly #outcomes: Outcomes;
  readonly #ledger: Ledger | undefined;
  /** Appends that the store's ledger has of this client. */
  #unsettled: number;
  /** What the client has of the store: the lock, and popped values. */
  readonly holdings: Holdings;

  /** @param answered called when a request is over, and its memory free. */
  constructor(
    host: SessionHost,
    client: SessionClient,
    replies: Replies,
    answered: (request: Request) => void,
  ) {
    this.#host = host;
    this.#client = client;
    this.#replies = replies;
    this.#answered = answered;
    this.#ledger = host.store.ledgerBelow;
    this.#unsettled = client.applied.length;
    this.#outcomes = new Outcomes(client.applied);
    this.holdings = new Holdings(client.name, host.lock, host.store, this.#outcomes);
  }

  /** Changes whose answers the client may not have heard. */
  get remembered(): number {
    return this.#outcomes.size;
  }

  /** Begins a request; a promise, which never rejects, when that takes longer. */
  start(request: Request): Promise<void> | undefined {
    const { id, kind } = request.header;
    const known = isChange(kind) ? this.#outcomes.get(id) : undefined;
    if (known !== undefined) {
      this.#answerAgain(request, known);
      return undefined;
    }
    try {
      const outcome = this.#carryOut(request);
      if (outcome instanceof Promise) return this.#finishLater(request, outcome);
      this.#end(request);
    } catch (error) {
      this.refuse(request, error);
    }
    return undefined;
  }

  /** Answers a request with an error. */
  refuse(request: Request, error: unknown): void {
    this.fail(request.header.id, error, request.header.kind);
    this.#end(request);
  }

  /** Says what went wrong with a request, or with what can't be read as one. */
  fail(id: number, error: unknown, kind?: RequestKind): void {
    const packed = packError(error);
    if (kind !== undefined && isChange(kind)) this.#outcomes.set(id, packed);
    this.#replies.send(ReplyKind.error, id, packed);
  }

  /** The client has heard the answers to all requests up to this one. */
  confirm(id: number): void {
    this.#outcomes.confirm(id);
    if (!this.#ledger || this.#unsettled < SETTLE_EVERY) return;
    this.#unsettled = this.#outcomes.size;
    void settle(this.#ledger, this.#client.identity, id);
  }

  /** Popped values are the client's, for good. */
  confirmPopped(id: number): void {
    this.holdings.confirm(id);
    this.#replies.done(id);
  }

  /** What runs is answered when it ends; what waited for its turn here while the answer was heard, not at all. */
  #answerAgain(request: Request, outcome: Outcome): void {
    const { header } = request;
    const popped = outcome === 'heard' ? undefined : this.holdings.popped(header.id);
    if (popped) void this.#answer(header).columns({ values: popped.values });
    else if (outcome === 'done') this.#replies.done(header.id);
    else if (outcome instanceof Uint8Array) this.#replies.send(ReplyKind.error, header.id, outcome);
    this.#answered(request);
  }

  async #finishLater(request: Request, outcome: Promise<void>): Promise<void> {
    const { id, kind } = request.header;
    if (isChange(kind)) this.#outcomes.set(id, 'running');
    try {
      await outcome;
      this.#end(request);
    } catch (error) {
      this.refuse(request, error);
    }
  }

  #end(request: Request): void {
    this.#answered(request);
    this.#host.meter.answered(request.began);
  }

  #carryOut({ header, body, assembly }: Request): Awaitable<void> {
    const { kind, id } = header;
    const { store } = this.holdings;
    switch (kind) {
      case RequestKind.lock:
        body.end();
        return this.holdings.lock(id, this.#client.lockTimeout).then(() => this.#done(id));
      case RequestKind.unlock:
        body.end();
        return this.holdings.unlock().then(() => this.#done(id));
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
    const { flow } = this.#replies;
    // What was asked over a connection that is lost is asked again over the next.
    const isLost = () => this.#replies.flow !== flow;
    return {
      done: () => this.#done(id),
      columns: (columns) => {
        if (isLost()) return;
        const results = this.#replies.open(header);
        return then(results.sendFew(cut(columns)), () => this.#replies.close(id, results));
      },
      parts: async (parts) => {
        if (isLost()) return;
        const results = this.#replies.open(header);
        try {
          if (await results.sendAll(endless(parts))) this.#replies.done(id);
        } finally {
          this.#replies.close(id, results);
        }
      },
      popped: (batch) => {
        this.#outcomes.set(id, 'done');
        this.holdings.keep(id, batch);
      },
    };
  }

  #done(id: number): void {
    this.#outcomes.set(id, 'done');
    this.#replies.done(id);
  }
}
