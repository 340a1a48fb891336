import { ClosedError } from '@spillway/core';
import { type Frames, ReplyKind, RequestKind, requestId } from '@spillway/wire';
import type { Share } from './budget.js';
import type { Connection } from './connection.js';
import { Executor } from './executor.js';
import { Inbox, type Request } from './inbox.js';
import { bytesOf } from './meter.js';
import { Replies } from './replies.js';
import type { SessionClient, SessionHost } from './session-host.js';
import { Turns } from './turns.js';

/** So many requests a client may have unanswered, or answered without having heard of it. */
export const WINDOW_REQUESTS = 1000;

/** A client that has more is none of ours. */
const MOST_REQUESTS = 3 * WINDOW_REQUESTS;

/**
 * One client's requests in spillway/1, over all its connections. They take effect in the order in which they
 * arrive: appends are handed to the store one after the other, without waiting for each; any other request waits
 * until this client's earlier appends are done, then goes through the store's gate.
 */
export class Session {
  readonly #share: Share;
  readonly #replies: Replies;
  readonly #executor: Executor;
  readonly #turns: Turns;
  #connection: Connection | undefined;
  #inbox: Inbox | undefined;
  #ended = false;

  constructor(host: SessionHost, client: SessionClient, share: Share) {
    this.#share = share;
    this.#replies = new Replies(
      () => share.window,
      () => host.flushSoon(this),
    );
    this.#executor = new Executor(host, client, this.#replies, (request) =>
      this.#answered(request),
    );
    this.#turns = new Turns(
      {
        start: (request) => this.#executor.start(request),
        refuse: (request, error) => this.#executor.refuse(request, error),
        blocked: () => this.#executor.holdings.blocked,
        refusal: (timeout) => host.lock.refusal(timeout),
      },
      client.lockTimeout,
    );
  }

  /** Whether the client holds the lock. */
  get locked(): boolean {
    return this.#executor.holdings.locked;
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
      this.#executor.confirm(confirmed);
      if (kind === RequestKind.pull) this.#replies.pull(id, credit);
      else if (kind === RequestKind.arrived) this.#replies.arrived(credit);
      else if (kind === RequestKind.cancel) this.#replies.cancel(id);
      else if (kind === RequestKind.received) this.#executor.confirmPopped(id);
      else if (kind === RequestKind.ping) this.#replies.send(ReplyKind.alive, id);
      else if (this.#ended) this.#executor.fail(id, new ClosedError('the server is closing'));
      else {
        const bytes = bytesOf(frames);
        const fits = this.#share.take(bytes);
        const request = this.#inbox.take(message, bytes);
        if (request) this.#turns.push(request);
        return fits && this.waiting + this.#executor.remembered <= MOST_REQUESTS;
      }
    } catch (error) {
      this.#executor.fail(idOf(frames), error);
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
    await this.#executor.holdings.lapse();
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

  #answered({ bytes }: Request): void {
    this.#share.give(bytes);
    // What a closing server has results for is not waited for.
    if (this.#ended) this.#replies.cancelAll();
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
