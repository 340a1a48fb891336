import { AuthError, ConnectionError } from '@spillway/core';
import { type Frames, parseAddress, socketEvents } from '@spillway/wire';
import { Dealer } from 'zeromq';
import type { Channel, ChannelEvents } from './channel.js';
import type { ClientKeys } from './keys.js';

/** How long messages that were sent may take to leave after a proper close, in ms. */
const LINGER = 1000;

/** A connection with keys, over a socket of ZeroMQ's own. */
export class CurveChannel implements Channel {
  readonly #address: string;
  readonly #socket: Dealer;
  readonly #events: ChannelEvents;
  #over = false;

  /** @throws {ConnectionError} when the address can't be connected to. */
  constructor(address: string, keys: ClientKeys, events: ChannelEvents) {
    this.#address = address;
    this.#events = events;
    this.#socket = new Dealer({
      curveServerKey: keys.serverKey,
      curvePublicKey: keys.publicKey,
      curveSecretKey: keys.secretKey,
      // The window bounds what is on its way, so nothing may wait on ZeroMQ's side.
      sendHighWaterMark: 0,
      receiveHighWaterMark: 0,
      sendTimeout: 0,
      linger: 0,
      reconnectInterval: 50,
      reconnectMaxInterval: 1000,
      heartbeatInterval: 5000,
      heartbeatTimeout: 15_000,
    });
    const parsed = parseAddress(address);
    if (parsed.scheme === 'tcp' && parsed.host.startsWith('[')) this.#socket.ipv6 = true;
    this.#watch();
    try {
      this.#socket.connect(address);
    } catch (cause) {
      this.close(false);
      throw new ConnectionError(`can't connect to ${address}: ${(cause as Error).message}`, {
        address,
        cause,
      });
    }
    this.#listen();
  }

  send(frames: Frames): void {
    if (this.#over) return;
    this.#socket
      .send(frames as Uint8Array[])
      .catch((error) => this.#lose(`sending failed: ${error.message}`));
  }

  close(properly: boolean): void {
    this.#over = true;
    if (this.#socket.closed) return;
    if (properly) this.#socket.linger = LINGER;
    this.#socket.close();
  }

  async #listen(): Promise<void> {
    try {
      while (!this.#over) this.#events.message(await this.#socket.receive());
    } catch (error) {
      if (!this.#over) this.#lose(`receiving failed: ${(error as Error).message}`);
    }
  }

  /**
   * Reads the socket's events, to the last: ZeroMQ's threads, which serve all sockets of the process, wait
   * for whoever has opened them and does not read.
   */
  async #watch(): Promise<void> {
    const events = socketEvents(this.#socket);
    for (;;) {
      const { type } = await events.receive();
      if (type === 'end') break;
      if (type === 'disconnect') this.#loseOnceRead('the connection broke');
      if (type === 'handshake:error:auth') this.#refuse();
      else if (type.startsWith('handshake:error'))
        this.#lose('what answers there is no Spillway server, or one whose keys are others');
    }
    events.close();
  }

  /** Messages that came before the end are read first. */
  async #loseOnceRead(why: string): Promise<void> {
    while (!this.#over && this.#socket.readable)
      await new Promise((resolve) => setImmediate(resolve));
    this.#lose(why);
  }

  #refuse(): void {
    if (this.#over) return;
    this.close(false);
    this.#events.refused(
      new AuthError(
        `the server at ${this.#address} does not know this client's key; add its public key to the server's curve.clients`,
        { address: this.#address },
      ),
    );
  }

  #lose(why: string): void {
    if (this.#over) return;
    this.close(false);
    this.#events.lost(why);
  }
}
