import type { MessagePort } from 'node:worker_threads';
import { type Frames, postFrames } from '@spillway/wire';
import type { Connection } from './connection.js';
import { bytesOf, type Meter } from './meter.js';

/** The way to a client in another thread. */
export class PortConnection implements Connection {
  readonly #port: MessagePort;
  readonly #meter: Meter;
  readonly idle = true;

  constructor(port: MessagePort, meter: Meter) {
    this.#port = port;
    this.#meter = meter;
  }

  send(frames: Frames): void {
    this.#meter.bytesOut += bytesOf(frames);
    postFrames(this.#port, frames);
  }

  close(): void {
    this.#port.close();
  }
}
