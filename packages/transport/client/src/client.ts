import { hostname } from 'node:os';
import { isMainThread, type MessagePort, threadId } from 'node:worker_threads';
import {
  type Batch,
  type FlushOptions,
  type Gate,
  type Spec,
  type SpecValue,
  Store,
} from '@spillway/core';
import { RequestKind, requirePrivate } from '@spillway/wire';
import type { ChannelEvents } from './channel.js';
import type { ClientKeys } from './keys.js';
import { openChannel } from './open-channel.js';
import { Remote } from './remote.js';
import { RemoteGate } from './remote-gate.js';
import {
  request,
  requestEntries,
  requestPieces,
  requestPresence,
  requestValues,
} from './request.js';

/** Options of {@link Client}. */
export interface ClientOptions {
  /** How long the server may be silent, in ms: to a new connection, or while calls wait. Default 10,000. */
  readonly timeout?: number;
  /** Bytes of requests that may be unanswered; further ones wait their turn. Default 16 MiB. */
  readonly window?: number;
  /** How long to wait for another client's lock, in ms. Default 30,000. */
  readonly lockTimeout?: number;
  /** Keys to reach a server that has some; see {@link makeKeys}. */
  readonly curve?: ClientKeys;
  /** Connect also to other machines without keys. Default `false`. */
  readonly insecure?: boolean;
}

const DEFAULT_TIMEOUT = 10_000;
const DEFAULT_WINDOW = 16 * 2 ** 20;
const DEFAULT_LOCK_TIMEOUT = 30_000;

/**
 * A byte store that lives in another process: whatever {@link https://github.com/dask/partd | partd}'s
 * server or a Spillway server serves. Connects when it is first used. `append` resolves when the server's
 * store has accepted the bytes.
 *
 * When the connection breaks, it connects anew, for up to `timeout`, and sends what was not answered again; the
 * server carries nothing out twice. Where it can't know, since it was started anew meanwhile, a change rejects with
 * `UnknownOutcomeError`; appends don't when the server's store is a `Log`, which remembers them.
 *
 * @param address `ipc://<path>`, `tcp://<host>:<port>`, or a message port whose other end a server of this process has
 * by `server.connect(port)`. Such a client has one connection only.
 * @throws {ConnectionError} when the address is malformed.
 * @throws {AuthError} for an address beyond this machine without `insecure`.
 */
export function Client(address: string | MessagePort, options: ClientOptions = {}): ClientStore {
  return new ClientStore(address, options);
}

/** What {@link Client} makes. */
export class ClientStore extends Store {
  /** Where the server listens; for a message port, words that say so. */
  readonly address: string;
  protected override readonly gate: Gate;
  readonly #options: ClientOptions;
  readonly #remote: Remote;

  constructor(address: string | MessagePort, options: ClientOptions) {
    super();
    const { timeout = DEFAULT_TIMEOUT, window = DEFAULT_WINDOW, insecure = false } = options;
    const { lockTimeout = DEFAULT_LOCK_TIMEOUT, curve } = options;
    if (typeof address === 'string') requirePrivate(address, insecure || curve !== undefined);
    requirePositive('timeout', timeout);
    requirePositive('window', window);
    requirePositive('lockTimeout', lockTimeout);
    this.address = typeof address === 'string' ? address : 'a message port';
    this.#options = options;
    const connect = (events: ChannelEvents) => openChannel(address, curve, events);
    this.#remote = new Remote({
      address: this.address,
      connect,
      timeout,
      window,
      lockTimeout,
      name: ownName(),
    });
    this.gate = new RemoteGate(this.#remote);
  }

  /** Without the keys, which nobody should read in a log. */
  override spec(): Spec {
    const { timeout = DEFAULT_TIMEOUT, window = DEFAULT_WINDOW, insecure = false } = this.#options;
    const { lockTimeout = DEFAULT_LOCK_TIMEOUT } = this.#options;
    const options: { [name: string]: SpecValue } = {};
    if (timeout !== DEFAULT_TIMEOUT) options.timeout = timeout;
    if (window !== DEFAULT_WINDOW) options.window = window;
    if (lockTimeout !== DEFAULT_LOCK_TIMEOUT) options.lockTimeout = lockTimeout;
    if (insecure) options.insecure = true;
    return {
      name: 'Client',
      args: Object.keys(options).length > 0 ? [this.address, options] : [this.address],
    };
  }

  /** Stops the server, for all its clients. It finishes what has arrived and closes its store. */
  async closeServer(): Promise<void> {
    await this.gate.run('alone', () => request(this.#remote, RequestKind.close));
  }

  protected override _append(batch: Batch<Uint8Array>): Promise<void> {
    return request(this.#remote, RequestKind.append, { columns: batch });
  }

  protected override _get(keys: readonly string[]): Promise<Uint8Array[]> {
    return requestValues(this.#remote, RequestKind.get, keys);
  }

  protected override async *_stream(key: string): AsyncGenerator<Uint8Array, void, void> {
    const columns = { keys: [key] };
    for await (const { values = [] } of requestPieces(this.#remote, RequestKind.stream, {
      columns,
    }))
      yield* values;
  }

  protected override _has(key: string): Promise<boolean> {
    return requestPresence(this.#remote, key);
  }

  protected override async *_keys(prefix: string): AsyncGenerator<string, void, void> {
    const body = Buffer.from(prefix);
    for await (const { keys = [] } of requestPieces(this.#remote, RequestKind.keys, { body }))
      yield* keys;
  }

  protected override _entries(
    prefix: string,
  ): AsyncIterable<readonly [key: string, value: Uint8Array]> {
    return requestEntries(this.#remote, prefix);
  }

  protected override _set(batch: Batch<Uint8Array>): Promise<void> {
    return request(this.#remote, RequestKind.set, { columns: batch });
  }

  protected override _iset(key: string, value: Uint8Array): Promise<void> {
    return request(this.#remote, RequestKind.iset, { columns: { keys: [key], values: [value] } });
  }

  protected override _delete(keys: readonly string[]): Promise<void> {
    return request(this.#remote, RequestKind.delete, { columns: { keys } });
  }

  protected override _pop(keys: readonly string[]): Promise<Uint8Array[]> {
    return requestValues(this.#remote, RequestKind.pop, keys);
  }

  protected override async _flush({ durable = false }: FlushOptions): Promise<void> {
    // What was never sent anywhere needs no server to be flushed.
    if (this.#remote.idle) return;
    await request(this.#remote, RequestKind.flush, { body: Uint8Array.of(durable ? 1 : 0) });
  }

  /** Nothing: what was appended is acknowledged by now, and when it is spilled is the server's affair. */
  protected override _finish(): void {}

  protected override _drop(): Promise<void> {
    return request(this.#remote, RequestKind.drop);
  }

  protected override _close(): void {
    this.#remote.close();
  }
}

/** Who this is, for those who wait for its lock. */
function ownName(): string {
  const thread = isMainThread ? '' : `thread ${threadId} of `;
  return `${thread}process ${process.pid} on ${hostname()}`;
}

function requirePositive(name: string, value: number): void {
  if (!(value > 0)) throw new TypeError(`${name} must be a positive number, not ${value}`);
}
