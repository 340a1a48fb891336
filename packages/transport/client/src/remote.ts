import { randomBytes } from 'node:crypto';
import {
  ClosedError,
  ConnectionError,
  type SpillwayError,
  TimeoutError,
  UnknownOutcomeError,
} from '@spillway/core';
import { type Frames, IDENTITY_BYTES, packHello, RequestKind, readWelcome } from '@spillway/wire';
import type { Call, Driver } from './call.js';
import { Channel } from './channel.js';
import { MessageMemory } from './memory.js';
import { PartdDriver } from './partd-driver.js';
import { SpillwayDriver } from './spillway-driver.js';

/** Calls that change nothing, so that it doesn't matter whether the server still carried them out. */
const HARMLESS: ReadonlySet<RequestKind> = new Set([
  RequestKind.get,
  RequestKind.has,
  RequestKind.keys,
  RequestKind.entries,
  RequestKind.stream,
  RequestKind.flush,
  RequestKind.lock,
]);

/** How long after a failed attempt to connect the next one begins, in ms. */
const RETRY_INTERVAL = 100;

/**
 * The server as its client sees it: connects when the first call comes, carries calls in the protocol that
 * the server speaks, and connects anew, for calls that were not sent yet, when the connection broke.
 */
export class Remote {
  readonly #address: string;
  readonly #timeout: number;
  readonly #window: number;
  readonly #identity = randomBytes(IDENTITY_BYTES);
  readonly #memory: MessageMemory;
  /** Calls that were not sent yet. */
  readonly #queue: Call[] = [];
  #epoch = 0;
  #lastId = 0;
  #channel: Channel | undefined;
  /** Set once the server has answered on the channel. */
  #driver: Driver | undefined;
  /** Runs while an answer to the hello is waited for. */
  #greeting: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  /** Runs while the server's silence is watched. */
  #watch: NodeJS.Timeout | undefined;
  #heard = 0;
  /** The connection that the exclusive lock belongs to. */
  #lockedOn: Driver | undefined;
  #closed = false;

  /** @param timeout ms until a silent server is given up. @param window bytes that may be unanswered. */
  constructor(address: string, timeout: number, window: number) {
    this.#address = address;
    this.#timeout = timeout;
    this.#window = window;
    this.#memory = new MessageMemory(window);
  }

  /** Whether there is no connection, and no call that would need one. */
  get idle(): boolean {
    return !this.#driver && this.#queue.length === 0;
  }

  /** Carries a call; calls are sent in the order in which they come. */
  call(call: Call): void {
    const refusal = this.#refusal();
    if (refusal) {
      call.reject(refusal);
      return;
    }
    this.#queue.push(call);
    if (this.#driver) this.#driver.pump();
    else if (!this.#greeting) this.#connect();
  }

  /** Asks for more results of a call, in bytes. */
  pull(call: Call, bytes: number): void {
    this.#driver?.pull(call, bytes);
  }

  /** Wants no more results of a call. */
  cancel(call: Call): void {
    this.#driver?.cancel(call);
  }

  /** From now on, calls that would go over another connection are refused: it would not have the lock. */
  locked(): void {
    this.#lockedOn = this.#driver;
  }

  unlocked(): void {
    this.#lockedOn = undefined;
  }

  close(): void {
    this.#closed = true;
    this.#disconnect(true);
    const error = new ClosedError(`the client of ${this.#address} was closed`);
    for (const call of [...(this.#driver?.abandon() ?? []), ...this.#queue.splice(0)])
      call.reject(error);
    this.#driver = undefined;
  }

  #refusal(): SpillwayError | undefined {
    if (this.#closed) return new ClosedError(`the client of ${this.#address} is closed`);
    if (!this.#lockedOn || this.#lockedOn === this.#driver) return undefined;
    return this.#gone('the connection broke, and the exclusive lock with it');
  }

  #connect(): void {
    this.#greeting = setTimeout(() => {
      this.#disconnect(false);
      const error = this.#gone(`no server answered within ${this.#timeout} ms`, this.#timeout);
      for (const call of this.#queue.splice(0)) call.reject(error);
    }, this.#timeout);
    this.#greet();
  }

  #greet(): void {
    this.#epoch++;
    try {
      this.#channel = new Channel(this.#address, {
        message: (frames) => this.#receive(frames),
        lost: (why) => this.#lose((call) => this.#lost(call, why)),
      });
    } catch (error) {
      this.#disconnect(false);
      for (const call of this.#queue.splice(0)) call.reject(error);
      return;
    }
    this.#channel.send(packHello({ identity: this.#identity, epoch: this.#epoch }));
  }

  #receive(frames: Frames): void {
    this.#heard = Date.now();
    try {
      if (this.#driver) this.#driver.receive(frames);
      else this.#open(frames);
    } catch (error) {
      this.#lose((call) => this.#lost(call, 'the server broke the protocol', error));
    }
  }

  #open(answer: Frames): void {
    const welcome = readWelcome(answer);
    const send = (frames: Frames) => this.#channel?.send(frames);
    const nextId = () => ++this.#lastId;
    const host = { queue: this.#queue, memory: this.#memory, send, nextId };
    this.#driver = welcome
      ? new SpillwayDriver(host, welcome, this.#window)
      : new PartdDriver(this.#queue, send);
    clearTimeout(this.#greeting);
    this.#greeting = undefined;
    this.#watch = setInterval(() => this.#lookAfterServer(), this.#timeout / 4).unref();
    this.#driver.pump();
  }

  /** A server that is busy with its store still answers a ping; one that doesn't is given up. */
  #lookAfterServer(): void {
    const silence = Date.now() - this.#heard;
    if (!this.#driver?.busy) this.#heard = Date.now();
    else if (silence >= this.#timeout) this.#lose((call) => this.#silent(call));
    else if (silence >= this.#timeout / 2) this.#driver.ping();
  }

  /** The connection is over: what was sent has failed, the rest goes over a new one. */
  #lose(why: (call: Call) => SpillwayError): void {
    const greeting = this.#greeting !== undefined;
    const abandoned = this.#driver?.abandon() ?? [];
    this.#driver = undefined;
    this.#channel?.close(false);
    this.#channel = undefined;
    clearInterval(this.#watch);
    for (const call of abandoned) call.reject(why(call));
    if (greeting) this.#retry = setTimeout(() => this.#greet(), RETRY_INTERVAL);
    else if (this.#queue.length > 0) this.#connect();
  }

  #disconnect(properly: boolean): void {
    clearTimeout(this.#greeting);
    clearTimeout(this.#retry);
    clearInterval(this.#watch);
    this.#greeting = undefined;
    this.#channel?.close(properly);
    this.#channel = undefined;
  }

  #gone(why: string, timeout?: number): ConnectionError {
    const address = this.#address;
    return new ConnectionError(
      `${address}: ${why}`,
      timeout === undefined ? { address } : { address, timeout },
    );
  }

  #lost(call: Call, why: string, cause?: unknown): SpillwayError {
    if (HARMLESS.has(call.kind))
      return new ConnectionError(`${this.#address}: ${why}`, { address: this.#address, cause });
    return new UnknownOutcomeError(
      `${this.#address}: ${why} before a change was acknowledged; it may or may not have been made`,
      { address: this.#address, cause },
    );
  }

  #silent(call: Call): SpillwayError {
    const details = { address: this.#address, timeout: this.#timeout };
    const late = new TimeoutError(
      `${this.#address}: the server was silent for ${this.#timeout} ms`,
      details,
    );
    return HARMLESS.has(call.kind) ? late : this.#lost(call, late.message, late);
  }
}
