import type { MessagePort } from 'node:worker_threads';
import { ConnectionError } from '@spillway/core';
import { type Frames, framesOf, postFrames } from '@spillway/wire';
import type { Channel, ChannelEvents } from './channel.js';

/** A connection to a server of another thread. There is only one, since a port that is closed stays so. */
export class PortChannel implements Channel {
  readonly #port: MessagePort;
  readonly #events: ChannelEvents;
  #over = false;

  /** @throws {ConnectionError} when the port was used before. */
  constructor(port: MessagePort, events: ChannelEvents) {
    if (used.has(port)) throw new ConnectionError('the message port was closed at its other end');
    used.add(port);
    this.#port = port;
    this.#events = events;
    port.on('message', this.#receive);
    port.once('close', this.#lose);
  }

  send(frames: Frames): void {
    if (!this.#over) postFrames(this.#port, frames);
  }

  close(): void {
    this.#over = true;
    this.#port.off('message', this.#receive);
    this.#port.off('close', this.#lose);
    // What was posted goes before the end.
    this.#port.close();
  }

  readonly #receive = (message: unknown): void => {
    if (!this.#over) this.#events.message(framesOf(message));
  };

  readonly #lose = (): void => {
    if (this.#over) return;
    this.#over = true;
    this.#events.lost('the thread at the other end of the message port is gone');
  };
}

const used = new WeakSet<MessagePort>();
