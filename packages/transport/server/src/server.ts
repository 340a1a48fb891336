import { randomBytes } from 'node:crypto';
import type { Store } from '@spillway/core';
import {
  type Frames,
  IDENTITY_BYTES,
  isPartdMessage,
  packWelcome,
  REPLY_HEADER_BYTES,
  ReplyKind,
  readHello,
  writeReplyHeader,
} from '@spillway/wire';
import { Router } from 'zeromq';
import { bind, type Endpoint } from './endpoint.js';
import { PartdPeer } from './partd-peer.js';
import { ServedStore } from './served-store.js';
import { Session } from './session.js';

/** Options of {@link Server}. */
export interface ServerOptions {
  /**
   * `ipc://<path>` or `tcp://<host>:<port>`, with `*` for any free port. Default: an ipc socket in a new
   * directory that only this user can enter.
   */
  readonly address?: string;
  /** Listen also where other users or machines can connect, without keys. Default `false`. */
  readonly insecure?: boolean;
}

/** Bytes of requests that a client may have unanswered. */
const WINDOW_BYTES = 16 * 2 ** 20;

/** How many requests a client may have unanswered. */
const WINDOW_REQUESTS = 1000;

/** Messages waiting for a peer that does not read; past this it counts as gone. Covers the window's replies. */
const UNREAD_MESSAGES = 4 * WINDOW_REQUESTS;

/** The largest message frame, which partd's protocol uses for a whole value. */
const MAX_FRAME_BYTES = 2 ** 30;

/** How often clients are looked after, in ms: whatever a dead one holds is free this much later. */
const SWEEP_INTERVAL = 2000;

/** How long replies that were sent may take to leave, in ms, when the server closes. */
const LINGER = 2000;

/**
 * Serves a byte store to clients of spillway/1 and of Python's partd, which one socket tells apart.
 * `close` closes the store as well, as a layer does.
 *
 * @throws {ConnectionError} when the address is in use, malformed, or can't be bound.
 * @throws {AuthError} for an address beyond this machine without `insecure`.
 * @throws {TypeError} when the store holds no bytes.
 */
export async function Server(store: Store, options: ServerOptions = {}): Promise<RunningServer> {
  const served = new ServedStore(store);
  const socket = new Router({
    mandatory: true,
    sendTimeout: 0,
    sendHighWaterMark: UNREAD_MESSAGES,
    maxMessageSize: MAX_FRAME_BYTES,
    linger: LINGER,
    heartbeatInterval: 5000,
    heartbeatTimeout: 15_000,
  });
  try {
    return new RunningServer(
      served,
      socket,
      await bind(socket, options.address, options.insecure ?? false),
    );
  } catch (error) {
    socket.close();
    throw error;
  }
}

/** What {@link Server} makes. */
export class RunningServer implements AsyncDisposable {
  /** Where clients connect: `Client(server.address)`. */
  readonly address: string;
  /** Settles when the server has closed, by {@link close} or at a client's request. */
  readonly closed: Promise<void>;
  readonly #store: ServedStore;
  readonly #socket: Router;
  readonly #endpoint: Endpoint;
  readonly #identity = randomBytes(IDENTITY_BYTES);
  readonly #peers = new Map<string, Session | PartdPeer>();
  readonly #sweep: NodeJS.Timeout;
  #stop!: () => void;

  /** @internal */
  constructor(store: ServedStore, socket: Router, endpoint: Endpoint) {
    this.#store = store;
    this.#socket = socket;
    this.#endpoint = endpoint;
    this.address = endpoint.address;
    this.#sweep = setInterval(() => this.#lookAfterPeers(), SWEEP_INTERVAL).unref();
    const stopped = new Promise<void>((resolve) => {
      this.#stop = resolve;
    });
    this.closed = stopped.then(() => this.#close());
    // Whoever closes or waits is told of a failure; a stop by a client's request has nobody to tell.
    this.closed.catch((error) =>
      process.emitWarning(`a server's close failed: ${error}`, 'SpillwayWarning'),
    );
    this.#serve();
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
      let message: Buffer[];
      try {
        message = await this.#socket.receive();
      } catch (error) {
        if (this.#socket.closed) return;
        process.emitWarning(`a server can't receive any more: ${error}`, 'SpillwayWarning');
        this.#stop();
        return;
      }
      this.#receive(message);
    }
  }

  #receive([routingId, ...frames]: Buffer[]): void {
    if (!routingId || frames.length === 0) return;
    const name = routingId.toString('latin1');
    const peer = this.#peers.get(name);
    if (frames[0]?.toString('latin1', 0, 4) === 'syn') this.#open(routingId, name, frames);
    else if (peer instanceof Session) peer.receive(frames);
    else if (isPartdMessage(frames)) this.#partd(routingId, name).receive(frames);
    else this.#send(routingId, name, [plainReply(ReplyKind.unknown)]);
  }

  #open(routingId: Buffer, name: string, frames: Frames): void {
    const hello = helloOf(frames);
    if (!hello) {
      this.#partd(routingId, name).receive(frames);
      return;
    }
    const session = new Session({
      store: this.#store,
      window: WINDOW_BYTES,
      send: (reply) => this.#send(routingId, name, reply),
      stop: this.#stop,
    });
    this.#forget(name);
    this.#peers.set(name, session);
    const welcome = {
      identity: this.#identity,
      window: WINDOW_BYTES,
      requests: WINDOW_REQUESTS,
      applied: 0,
    };
    this.#send(routingId, name, packWelcome(welcome));
  }

  #partd(routingId: Buffer, name: string): PartdPeer {
    const known = this.#peers.get(name);
    if (known instanceof PartdPeer) return known;
    const peer = new PartdPeer({
      store: this.#store,
      send: (reply) => this.#send(routingId, name, reply),
      stop: this.#stop,
    });
    this.#peers.set(name, peer);
    return peer;
  }

  /** Sends, or finds out that the peer is gone or has not read for long. */
  #send(routingId: Buffer, name: string, frames: Frames): void {
    if (this.#socket.closed) return;
    this.#socket.send([routingId, ...frames]).catch(() => this.#forget(name));
  }

  #forget(name: string): void {
    const peer = this.#peers.get(name);
    if (!peer) return;
    this.#peers.delete(name);
    peer
      .end()
      .catch((error) =>
        process.emitWarning(
          `what a lost client left could not be put right: ${error}`,
          'SpillwayWarning',
        ),
      );
  }

  /** Sends every session a sign of life, which fails for those whose client is gone. */
  #lookAfterPeers(): void {
    for (const [name, peer] of this.#peers) {
      if (peer instanceof Session)
        this.#send(Buffer.from(name, 'latin1'), name, [plainReply(ReplyKind.alive)]);
      else if (peer.idle) this.#peers.delete(name);
    }
  }

  async #close(): Promise<void> {
    clearInterval(this.#sweep);
    try {
      await Promise.all([...this.#peers.values()].map((peer) => peer.end()));
      await this.#endpoint.release();
    } finally {
      this.#socket.close();
      await this.#store.close();
    }
    await this.#endpoint.free;
  }
}

function plainReply(kind: ReplyKind): Buffer {
  const frame = Buffer.allocUnsafe(REPLY_HEADER_BYTES);
  writeReplyHeader(frame, { kind, flags: 0, window: WINDOW_BYTES, id: 0 });
  return frame;
}

/** The hello of a client that speaks our version; a malformed one counts as none. */
function helloOf(frames: Frames): ReturnType<typeof readHello> {
  try {
    return readHello(frames);
  } catch {
    return undefined;
  }
}
