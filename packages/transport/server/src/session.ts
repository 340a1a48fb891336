import { type Awaitable, type Batch, ClosedError, ProtocolError } from '@spillway/core';
import {
  cut,
  type Frames,
  packError,
  REPLY_HEADER_BYTES,
  type Received,
  ReplyKind,
  type RequestHeader,
  RequestKind,
  readRequest,
  requestId,
  writeReplyHeader,
} from '@spillway/wire';
import { Assembler } from './assembly.js';
import { type Answer, carryOut, carryOutOn, namesKeys, present, then } from './operations.js';
import { endless, Results } from './results.js';
import { ServedStore } from './served-store.js';

type Request = Received<RequestHeader>;

/** What a session needs of its server. */
export interface SessionHost {
  readonly store: ServedStore;
  /** Bytes of requests that the client may have unanswered. */
  readonly window: number;
  readonly send: (frames: Frames) => void;
  /** The client asks the server to stop. */
  readonly stop: () => void;
}

/**
 * One client's requests in spillway/1, from its hello until it is gone. They take effect in the order in
 * which they arrive: appends are handed to the store one after the other, without waiting for each; any
 * other request waits until this client's earlier appends are done, then goes through the store's gate.
 */
export class Session {
  readonly #host: SessionHost;
  readonly #assembler = new Assembler();
  readonly #queue: Request[] = [];
  readonly #results = new Map<number, Results>();
  /** Popped values whose arrival the client has not confirmed. */
  readonly #popped = new Map<number, Batch<Uint8Array>>();
  #appending = 0;
  #running = 0;
  /** Set while a lock is waited for; nothing else starts meanwhile. */
  #locking = false;
  /** The store past the gate, while this client holds the lock. */
  #held: ServedStore | undefined;
  #release: (() => void) | undefined;
  /** The store's `exclusive`, from the request for the lock on. */
  #holding: Promise<void> | undefined;
  #ended = false;
  #idle: (() => void) | undefined;

  constructor(host: SessionHost) {
    this.#host = host;
  }

  /** Takes a message. What is wrong with it goes back to the client as an error. */
  receive(frames: Frames): void {
    let request: Request;
    try {
      request = readRequest(frames);
    } catch (error) {
      this.#fail(idOf(frames), error);
      return;
    }
    const { kind, id, credit } = request.header;
    if (kind === RequestKind.pull) this.#results.get(id)?.pull(credit);
    else if (kind === RequestKind.cancel) this.#results.get(id)?.cancel();
    else if (kind === RequestKind.received) this.#popped.delete(id);
    else if (kind === RequestKind.ping) this.#reply(ReplyKind.alive, id);
    else if (this.#ended) this.#fail(id, new ClosedError('the server is closing'));
    else {
      this.#queue.push(request);
      this.#startNext();
    }
  }

  /**
   * Ends the session: requests that have arrived are finished, running results given up, pops that were not
   * confirmed put back, and last the lock released. Resolves when all that is done.
   */
  async end(): Promise<void> {
    this.#ended = true;
    this.#cancelResults();
    while (this.#queue.length > 0 || this.#running > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    for (const batch of this.#popped.values()) await this.#store.append(present(batch));
    this.#popped.clear();
    if (this.#release) await this.#unlock();
  }

  #cancelResults(): void {
    for (const results of this.#results.values()) results.cancel();
  }

  #startNext(): void {
    while (!this.#locking) {
      const request = this.#queue[0];
      if (!request || (this.#appending > 0 && request.header.kind !== RequestKind.append)) return;
      this.#queue.shift();
      this.#start(request);
    }
  }

  #start(request: Request): void {
    const { id, kind } = request.header;
    let outcome: Awaitable<void>;
    try {
      outcome = this.#carryOut(request);
    } catch (error) {
      this.#fail(id, error);
      return;
    }
    if (outcome instanceof Promise) this.#finishLater(id, kind, outcome);
  }

  async #finishLater(id: number, kind: RequestKind, outcome: Promise<void>): Promise<void> {
    this.#running++;
    if (kind === RequestKind.append) this.#appending++;
    try {
      await outcome;
    } catch (error) {
      this.#fail(id, error);
    }
    this.#running--;
    if (kind === RequestKind.append) this.#appending--;
    this.#startNext();
    if (this.#ended) this.#cancelResults();
    if (this.#running === 0) this.#idle?.();
  }

  #carryOut(request: Request): Awaitable<void> {
    const { header, body } = request;
    const { kind, id } = header;
    switch (kind) {
      case RequestKind.lock:
        body.end();
        return this.#lock(id);
      case RequestKind.unlock:
        body.end();
        return this.#unlock().then(() => this.#reply(ReplyKind.done, id));
      case RequestKind.close:
        body.end();
        this.#reply(ReplyKind.done, id);
        return this.#host.stop();
      default:
    }
    const answer = this.#answer(header);
    if (!namesKeys(kind)) return carryOut(this.#store, kind, body, answer);
    const assembly = this.#assembler.take(request, () => this.#reply(ReplyKind.taken, id));
    if (assembly) return carryOutOn(this.#store, kind, assembly, answer);
  }

  #answer(header: RequestHeader): Answer {
    const { id } = header;
    return {
      done: () => this.#reply(ReplyKind.done, id),
      columns: (columns) => {
        const sent = this.#open(header).sendFew(cut(columns));
        return then(sent, () => void this.#results.delete(id));
      },
      parts: async (parts) => {
        try {
          await this.#open(header).sendAll(endless(parts));
          this.#reply(ReplyKind.done, id);
        } finally {
          this.#results.delete(id);
        }
      },
      popped: (batch) => this.#popped.set(id, batch),
    };
  }

  #open({ id, credit }: RequestHeader): Results {
    const { window, send } = this.#host;
    const results = new Results(id, credit, window, send);
    this.#results.set(id, results);
    return results;
  }

  get #store(): ServedStore {
    return this.#held ?? this.#host.store;
  }

  /** Resolves when the client has the store's exclusive lock, which it holds until it is done or gone. */
  async #lock(id: number): Promise<void> {
    if (this.#release) throw new ProtocolError('a client asks for the lock that it holds');
    this.#locking = true;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#holding = this.#host.store.exclusive(async (held) => {
          if (this.#ended) return;
          const released = new Promise<void>((release) => {
            this.#release = release;
          });
          this.#held = new ServedStore(held);
          this.#reply(ReplyKind.done, id);
          resolve();
          await released;
        });
        this.#holding.then(resolve, reject);
      });
    } finally {
      this.#locking = false;
    }
  }

  async #unlock(): Promise<void> {
    if (!this.#release) throw new ProtocolError('a client gives back a lock that it does not hold');
    this.#release();
    this.#release = undefined;
    this.#held = undefined;
    await this.#holding;
  }

  #reply(kind: ReplyKind, id: number, body?: Uint8Array): void {
    const frame = Buffer.allocUnsafe(REPLY_HEADER_BYTES + (body?.length ?? 0));
    writeReplyHeader(frame, { kind, flags: 0, window: this.#host.window, id });
    if (body) frame.set(body, REPLY_HEADER_BYTES);
    this.#host.send([frame]);
  }

  #fail(id: number, error: unknown): void {
    this.#reply(ReplyKind.error, id, packError(error));
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
