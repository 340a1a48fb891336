import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Frames } from '@spillway/wire';
import type { Router } from 'zeromq';
import { bytesOf, type Meter } from './meter.js';

/** One way to a peer. */
export interface Connection {
  send(frames: Frames): void;
  /** Whether all that was sent is on its way. */
  readonly idle: boolean;
  close(): void;
}

/** A peer that has not read for so long counts as gone, in ms. */
const UNREAD_TIME = 10_000;

/** So does one for which more than this waits, in bytes. */
const UNREAD_BYTES = 64 * 2 ** 20;

/** What a waiting message takes beside its bytes. */
const MESSAGE_OVERHEAD = 256;

/** What {@link RouterConnection} needs of its server. */
export interface ConnectionHost {
  readonly socket: Router;
  readonly meter: Meter;
}

/** The way to a peer of a ROUTER socket. Messages that ZeroMQ has no room for wait here. */
export class RouterConnection implements Connection {
  readonly #host: ConnectionHost;
  readonly #routingId: Buffer;
  readonly #lost: () => void;
  readonly #unsent: Frames[] = [];
  #unsentBytes = 0;
  #sending = false;
  #over = false;

  /** @param lost called when the peer is gone, or does not read. */
  constructor(host: ConnectionHost, routingId: Buffer, lost: () => void) {
    this.#host = host;
    this.#routingId = routingId;
    this.#lost = lost;
  }

  get idle(): boolean {
    return this.#unsent.length === 0;
  }

  /** Nothing: a ROUTER socket has no way to send a peer off. */
  close(): void {}

  send(frames: Frames): void {
    if (this.#over) return;
    this.#unsent.push(frames);
    this.#unsentBytes += MESSAGE_OVERHEAD + bytesOf(frames);
    if (this.#unsentBytes > UNREAD_BYTES && this.#unsent.length > 1) this.#lose();
    else if (!this.#sending) void this.#sendAll();
  }

  async #sendAll(): Promise<void> {
    const { socket, meter } = this.#host;
    this.#sending = true;
    let stuckSince: number | undefined;
    for (let tries = 0; this.#unsent.length > 0 && !socket.closed; ) {
      const frames = this.#unsent[0] as Frames;
      try {
        await socket.send([this.#routingId, ...frames]);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return this.#lose();
        stuckSince ??= performance.now();
        if (performance.now() - stuckSince > UNREAD_TIME) return this.#lose();
        await (tries++ < 10 ? nextTurn() : sleep(Math.min(tries, 50), undefined, { ref: false }));
        continue;
      }
      if (this.#over) return;
      tries = 0;
      stuckSince = undefined;
      this.#unsent.shift();
      const bytes = bytesOf(frames);
      this.#unsentBytes -= MESSAGE_OVERHEAD + bytes;
      meter.bytesOut += bytes;
    }
    this.#sending = false;
  }

  #lose(): void {
    if (this.#over) return;
    this.#over = true;
    this.#unsent.length = 0;
    this.#lost();
  }
}
