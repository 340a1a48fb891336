import { isUtf8 } from 'node:buffer';
import { type Awaitable, type Batch, ClosedError, ProtocolError } from '@spillway/core';
import {
  type Columns,
  cut,
  type Frames,
  MORE,
  NumberedKeys,
  type Part,
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
import { Assembly } from './assembly.js';
import { endless, Results } from './results.js';
import { ServedStore } from './served-store.js';

type Request = Received<RequestHeader>;

/** Requests whose keys come with values. */
const WITH_VALUES: ReadonlySet<RequestKind> = new Set([
  RequestKind.append,
  RequestKind.set,
  RequestKind.iset,
]);

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
  readonly #numbered = new NumberedKeys();
  readonly #queue: Request[] = [];
  readonly #results = new Map<number, Results>();
  /** Popped values whose arrival the client has not confirmed. */
  readonly #popped = new Map<number, Batch<Uint8Array>>();
  #assembly: Assembly | undefined;
  /** A request of several messages that failed before the last of them. */
  #refused: number | undefined;
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

  /** Carries a request out and answers it. */
  #carryOut(request: Request): Awaitable<void> {
    const { header, body } = request;
    const { id } = header;
    const store = this.#store;
    const done = () => this.#reply(ReplyKind.done, id);
    switch (header.kind) {
      case RequestKind.keys: {
        const prefix = body.view(body.left);
        if (!isUtf8(prefix)) body.fail('its prefix is not UTF-8');
        return this.#sendEndless(header, keyParts(store, prefix.toString()));
      }
      case RequestKind.flush: {
        const durable = body.uint8() === 1;
        body.end();
        return store.flush({ durable }).then(done);
      }
      case RequestKind.drop:
        body.end();
        return store.drop().then(done);
      case RequestKind.lock:
        body.end();
        return this.#lock(id);
      case RequestKind.unlock:
        body.end();
        return this.#unlock().then(done);
      case RequestKind.close:
        body.end();
        done();
        return this.#host.stop();
      default: {
        const assembly = this.#assemble(request);
        if (assembly) return this.#carryOutOn(assembly, header);
      }
    }
  }

  /** Carries out a request that names keys. */
  #carryOutOn(assembly: Assembly, header: RequestHeader): Awaitable<void> {
    const { keys } = assembly;
    const { id } = header;
    const store = this.#store;
    const done = () => this.#reply(ReplyKind.done, id);
    switch (header.kind) {
      case RequestKind.append:
        return then(store.appendBatch(assembly.pieces), done);
      case RequestKind.get:
        return then(store.getAll(keys), (values) => this.#sendColumns(header, { values }));
      case RequestKind.set:
        return store.set(entries(assembly.batch)).then(done);
      case RequestKind.iset: {
        const { values } = assembly.batch;
        return store.iset(one(keys), one(values)).then(done);
      }
      case RequestKind.has:
        return store
          .has(one(keys))
          .then((has) => this.#sendColumns(header, { keys: has ? keys : [] }));
      case RequestKind.delete:
        return store.delete(keys).then(done);
      case RequestKind.pop:
        return this.#pop(header, keys);
      case RequestKind.stream:
        return this.#sendEndless(header, streamParts(store, one(keys)));
      default:
        throw new ProtocolError(`a request of kind ${header.kind} has no place here`);
    }
  }

  get #store(): ServedStore {
    return this.#held ?? this.#host.store;
  }

  /**
   * The request's keys and values once its last message is there. Of a request that failed, the rest is
   * passed over.
   */
  #assemble({ header, body, attached }: Request): Assembly | undefined {
    const { id, kind, flags } = header;
    // Keys are numbered by every message, also by one that is passed over.
    const { keys, values } = this.#numbered.unpack(body, attached, flags, WITH_VALUES.has(kind));
    const more = (flags & MORE) !== 0;
    if (id === this.#refused) {
      if (!more) this.#refused = undefined;
      return undefined;
    }
    const assembly = this.#assembly ?? new Assembly(id);
    this.#assembly = undefined;
    if (assembly.id !== id) body.fail(`request ${assembly.id} was not complete when it came`);
    if (more) this.#refused = id;
    let bytes = body.bytes.length;
    for (const frame of attached) bytes += frame.length;
    assembly.add(keys, values, flags, bytes);
    this.#refused = undefined;
    if (!more) return assembly;
    this.#assembly = assembly;
    this.#reply(ReplyKind.taken, id);
    return undefined;
  }

  #sendColumns({ id, credit }: RequestHeader, columns: Columns): Awaitable<void> {
    const sent = this.#open(id, credit).sendFew(cut(columns));
    return then(sent, () => void this.#results.delete(id));
  }

  async #pop(header: RequestHeader, keys: readonly string[]): Promise<void> {
    const values = await this.#store.pop(keys);
    this.#popped.set(header.id, { keys, values });
    await this.#sendColumns(header, { values });
  }

  async #sendEndless({ id, credit }: RequestHeader, parts: AsyncIterable<Part>): Promise<void> {
    try {
      await this.#open(id, credit).sendAll(endless(parts));
      this.#reply(ReplyKind.done, id);
    } finally {
      this.#results.delete(id);
    }
  }

  #open(id: number, credit: number): Results {
    const { window, send } = this.#host;
    const results = new Results(id, credit, window, send);
    this.#results.set(id, results);
    return results;
  }

  /** Resolves when the client has the store's exclusive lock, which it holds until it is done or gone. */
  async #lock(id: number): Promise<void> {
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

function then<T>(value: Awaitable<T>, next: (value: T) => Awaitable<void>): Awaitable<void> {
  return value instanceof Promise ? value.then(next) : next(value);
}

function* entries({
  keys,
  values,
}: Batch<Uint8Array>): Generator<[string, Uint8Array], undefined, void> {
  for (let i = 0; i < keys.length; i++) yield [keys[i] as string, values[i] as Uint8Array];
}

/** What a pop took, without the keys that held nothing. */
function* present(batch: Batch<Uint8Array>): Generator<[string, Uint8Array], undefined, void> {
  for (const entry of entries(batch)) if (entry[1].length > 0) yield entry;
}

function one<T>(column: readonly T[]): T {
  if (column.length !== 1)
    throw new ProtocolError(`a request names ${column.length} keys where it can name one`);
  return column[0] as T;
}

async function* keyParts(store: ServedStore, prefix: string): AsyncGenerator<Part, void, void> {
  for await (const keys of store.keyBatches(prefix)) yield* cut({ keys });
}

async function* streamParts(store: ServedStore, key: string): AsyncGenerator<Part, void, void> {
  for await (const piece of store.stream(key)) yield* cut({ values: [piece] });
}

/** The id that a malformed message may still carry; errors without one name request 0. */
function idOf(frames: Frames): number {
  try {
    return requestId(frames);
  } catch {
    return 0;
  }
}
