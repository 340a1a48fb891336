import { ProtocolError } from '@spillway/core';
import { asBuffer, type Frames, packError, readPartd } from '@spillway/wire';
import type { ServedStore } from './served-store.js';

/** What a peer needs of its server. */
export interface PartdHost {
  readonly store: ServedStore;
  readonly send: (frames: Frames) => void;
  /** The client asks the server to stop. */
  readonly stop: () => void;
}

/** Its client waits for an answer before it sends another command; whoever has so many unanswered is none. */
const MOST_WAITING = 64;

const ACK: Frames = [Buffer.from('ack')];

/**
 * One client of partd's protocol (Python's `partd/zmq.py`). Its commands run one after the other.
 *
 * The protocol has no error reply. A failed change is answered by an `error` message in place of the
 * `ack`, on which Python's client raises an `AssertionError` at its next command. A failed `get` is not
 * answered at all, because the client would take whatever came for the value: it waits until it gives up.
 * Either way the server's process prints a warning with the error, unless the command was malformed.
 */
export class PartdPeer {
  readonly #host: PartdHost;
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;
  #dismissed = false;

  constructor(host: PartdHost) {
    this.#host = host;
  }

  /** Whether all that came was answered. */
  get idle(): boolean {
    return this.#waiting === 0;
  }

  /** @returns whether the client keeps to the protocol, by which it waits for answers. */
  receive(frames: Frames): boolean {
    this.#waiting++;
    this.#last = this.#last.then(async () => {
      if (!this.#dismissed) await this.#answer(frames);
      this.#waiting--;
    });
    return this.#waiting <= MOST_WAITING;
  }

  /** Carries out nothing more of what came. */
  dismiss(): void {
    this.#dismissed = true;
  }

  /** Resolves when all that came was answered. */
  end(): Promise<void> {
    return this.#last;
  }

  async #answer(frames: Frames): Promise<void> {
    try {
      await this.#carryOut(frames);
    } catch (error) {
      // Who sends what is no command is told, and needs no witness.
      if (!(error instanceof ProtocolError)) {
        process.emitWarning(`a command of a partd client failed: ${error}`, 'SpillwayWarning');
      }
      if (commandOf(frames) !== 'get') this.#host.send([Buffer.from('error'), packError(error)]);
    }
  }

  async #carryOut(frames: Frames): Promise<void> {
    const { store, send, stop } = this.#host;
    const request = readPartd(frames);
    switch (request.command) {
      case 'append':
        await store.appendBatch(request.batch);
        break;
      case 'iset':
        await store.iset(request.key, request.value);
        break;
      case 'get':
        send(await store.getAll(request.keys));
        break;
      case 'delete':
        await store.delete(request.keys);
        break;
      case 'drop':
        await store.drop();
        break;
      case 'syn':
        break;
      case 'close':
        stop();
    }
    send(ACK);
  }
}

function commandOf([word]: Frames): string {
  return word ? asBuffer(word).toString('latin1', 0, 16) : '';
}
