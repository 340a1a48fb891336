import { setTimeout as sleep } from 'node:timers/promises';
import type { MessagePort } from 'node:worker_threads';
import type { Store } from '@spillway/core';
import { framesOf } from '@spillway/wire';
import { Router } from 'zeromq';
import { type Connection, RouterConnection } from './connection.js';
import { bind, type Endpoint } from './endpoint.js';
import { Guard, type ServerKeys } from './keys.js';
import { bytesOf, Meter, type ServerStats } from './meter.js';
import { Peer } from './peer.js';
import { PortConnection } from './port-connection.js';
import { ServedStore } from './served-store.js';
import { Sessions } from './sessions.js';

/** Options of {@link Server}. */
export interface ServerOptions {
  /**
   * `ipc://<path>` or `tcp://<host>:<port>`, with `*` for any free port. Default: an ipc socket in a new
   * directory that only this user can enter.
   */
  readonly address?: string;
  /** Keys, and the clients that may connect: traffic is encrypted and authenticated then. */
  readonly curve?: ServerKeys;
  /** Listen also where other users or machines can connect, without keys. Default `false`. */
  readonly insecure?: boolean;
  /** Bytes that requests of all clients together may take in memory. Default 512 MiB. */
  readonly availableMemory?: number;
}

const DEFAULT_MEMORY = 512 * 2 ** 20;

/** Messages waiting in ZeroMQ for a peer that does not read; more wait in its connection. */
const UNREAD_MESSAGES = 32;

/** The largest message frame, which partd's protocol uses for a whole value. */
const MAX_FRAME_BYTES = 2 ** 30;

/** How often clients are looked after, in ms. */
const SWEEP_INTERVAL = 1000;

/** How long replies that were sent may take to leave, in ms, when the server closes. */
const LINGER = 2000;

/** Messages received before the answers to them are sent. */
const BURST = 64;

/**
 * Serves a byte store to clients of spillway/1 and of Python's partd, which one socket tells apart.
 * `close` closes the store as well, as a layer does.
 *
 * @throws {ConnectionError} when the address is in use, malformed, or can't be bound.
 * @throws {AuthError} for an address beyond this machine without `curve` or `insecure`, and for keys that are none.
 * @throws {TypeError} when the store holds no bytes.
 */
export async function Server(store: Store, options: ServerOptions = {}): Promise<RunningServer> {
  const { address, curve, insecure = false, availableMemory = DEFAULT_MEMORY } = options;
  if (!(availableMemory > 0))
    throw new TypeError(`availableMemory must be a number of bytes, not ${availableMemory}`);
  const served = new ServedStore(store);
  const guard = curve && new Guard(curve);
  const socket = new Router({
    ...(await guard?.begin()),
    mandatory: true,
    sendTimeout: 0,
    sendHighWaterMark: UNREAD_MESSAGES,
    maxMessageSize: MAX_FRAME_BYTES,
    linger: LINGER,
    heartbeatInterval: 5000,
    heartbeatTimeout: 15_000,
  });
  try {
    const endpoint = await bind(socket, address, insecure || curve !== undefined);
    return new RunningServer(served, socket, { ...endpoint, guard }, availableMemory);
  } catch (error) {
    guard?.end();
    socket.close();
    throw error;
  }
}

/** Where a server listens, and who guards it. */
type GuardedEndpoint = Endpoint & { readonly guard: Guard | undefined };

/** A peer with the way to it. */
interface Connected {
  readonly peer: Peer;
  readonly connection: Connection;
}

/** What {@link Server} makes. */
export class RunningServer implements AsyncDisposable {
  /** Where clients connect: `Client(server.address)`. */
  readonly address: string;
  /** Settles when the server has closed, by {@link close} or at a client's request. */
  readonly closed: Promise<void>;
  readonly #store: ServedStore;
  readonly #socket: Router;
  readonly #endpoint: GuardedEndpoint;
  readonly #meter = new Meter();
  readonly #sessions: Sessions;
  /** By the name that the socket has for each. */
  readonly #peers = new Map<string, Connected>();
  /** Clients in other threads. */
  readonly #threads = new Set<Connected>();
  readonly #sweep: NodeJS.Timeout;
  #stop!: () => void;

  /** @internal */
  constructor(store: ServedStore, socket: Router, endpoint: GuardedEndpoint, memory: number) {
    this.#store = store;
    this.#socket = socket;
    this.#endpoint = endpoint;
    this.address = endpoint.address;
    const stopped = new Promise<void>((resolve) => {
      this.#stop = resolve;
    });
    this.#sessions = new Sessions({ store, meter: this.#meter, stop: this.#stop }, memory);
    this.#sweep = setInterval(() => this.#lookAfterPeers(), SWEEP_INTERVAL).unref();
    this.closed = stopped.then(() => this.#close());
    // Whoever closes or waits is told of a failure; a stop by a client's request has nobody to tell.
    this.closed.catch((error) =>
      process.emitWarning(`a server's close failed: ${error}`, 'SpillwayWarning'),
    );
    this.#serve();
  }

  /** Serves a client in another thread, `Client(port)` with the other port of the channel. */
  connect(port: MessagePort): void {
    const connection = new PortConnection(port, this.#meter);
    const peer = this.#peer(connection);
    const client = { peer, connection };
    this.#threads.add(client);
    port.on('message', (message) => this.#hear(peer, framesOf(message)));
    port.once('close', () => {
      this.#threads.delete(client);
      void peer.lost();
    });
  }

  /** How the server stands. */
  stats(): ServerStats {
    const { connected, queue } = this.#sessions;
    let clients = connected;
    for (const { peer } of this.#connected()) if (peer.speaksPartd) clients++;
    return this.#meter.stats({ clients, queue: queue.requests, queueBytes: queue.bytes });
  }

  /**
   * Finishes what has arrived, answers it, and closes the store. Clients that are connected lose their
   * connection. Rejects when closing the store does.
   */
  close(): Promise<void> {
    this.#stop();
    return this.closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #serve(): Promise<void> {
    while (!this.#socket.closed) {
      try {
        await this.#receiveBurst();
      } catch (error) {
        if (this.#socket.closed) return;
        process.emitWarning(`a server can't receive any more: ${error}`, 'SpillwayWarning');
        this.#stop();
        return;
      }
    }
  }

  /** Receives what is there; answers that can be said together are, once nothing more is. */
  async #receiveBurst(): Promise<void> {
    this.#receive(await this.#socket.receive());
    this.#sessions.beginBurst();
    try {
      for (let i = 1; i < BURST && this.#socket.readable; i++)
        this.#receive(await this.#socket.receive());
    } finally {
      this.#sessions.endBurst();
    }
  }

  #receive([routingId, ...frames]: Buffer[]): void {
    if (!routingId || frames.length === 0) return;
    const name = routingId.toString('latin1');
    let connected = this.#peers.get(name);
    if (!connected) {
      connected = this.#meet(routingId, name);
      this.#peers.set(name, connected);
    }
    this.#hear(connected.peer, frames);
  }

  #hear(peer: Peer, frames: Buffer[]): void {
    if (frames.length === 0) return;
    this.#meter.bytesIn += bytesOf(frames);
    peer.receive(frames);
  }

  #peer(connection: Connection): Peer {
    return new Peer({ store: this.#store, sessions: this.#sessions, stop: this.#stop }, connection);
  }

  #connected(): Connected[] {
    return [...this.#peers.values(), ...this.#threads];
  }

  #meet(routingId: Buffer, name: string): Connected {
    const host = { socket: this.#socket, meter: this.#meter };
    const connection = new RouterConnection(host, routingId, () => {
      this.#peers.delete(name);
      void peer.lost();
    });
    const peer = this.#peer(connection);
    return { peer, connection };
  }

  #lookAfterPeers(): void {
    this.#sessions.sweep();
    for (const [name, { peer }] of this.#peers) {
      peer.greet();
      if (peer.isForgettable) this.#peers.delete(name);
    }
  }

  /** Waits until all answers are on their way, but not for peers that don't read. */
  async #sent(): Promise<void> {
    const end = performance.now() + LINGER;
    while (performance.now() < end && this.#connected().some(({ connection }) => !connection.idle))
      await sleep(5);
  }

  async #close(): Promise<void> {
    clearInterval(this.#sweep);
    try {
      await this.#sessions.end();
      await Promise.all(this.#connected().map(({ peer }) => peer.end()));
      await this.#sent();
      for (const { connection } of this.#threads) connection.close();
      await this.#endpoint.release();
    } finally {
      this.#socket.close();
      this.#endpoint.guard?.end();
      await this.#store.close();
    }
    await this.#endpoint.free;
  }
}
