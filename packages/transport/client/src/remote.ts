import { randomBytes } from 'node:crypto';
import {
  ClosedError,
  ConnectionError,
  type SpillwayError,
  TimeoutError,
  UnknownOutcomeError,
} from '@spillway/core';
import {
  type Frames,
  type Hello,
  IDENTITY_BYTES,
  packHello,
  RequestKind,
  readWelcome,
  type Welcome,
} from '@spillway/wire';
import { type Call, type Driver, isHarmless, leavesDoubt } from './call.js';
import type { Channel, ChannelEvents } from './channel.js';
import { countdown } from './countdown.js';
import { MessageMemory } from './memory.js';
import { PartdDriver } from './partd-driver.js';
import { mayResend } from './resend.js';
import { Silence } from './silence.js';
import { SpillwayDriver } from './spillway-driver.js';

/** How long after a failed attempt to connect the next one begins, in ms. */
const RETRY_INTERVAL = 100;

/** What a remote is to connect to, and how. */
export interface RemoteOptions extends Pick<Hello, 'lockTimeout' | 'name'> {
  /** For messages. */
  readonly address: string;
  /** Opens a connection. @throws {ConnectionError} */
  readonly connect: (events: ChannelEvents) => Channel;
  /** How long the server may be silent, in ms. */
  readonly timeout: number;
  /** Bytes of requests that may be unanswered. */
  readonly window: number;
}

/**
 * The server as its client sees it: connects when the first call comes and carries calls in the protocol that the
 * server speaks. When the connection breaks, it connects anew, and sends what was not answered again as far as the
 * server knows what became of it.
 */
export class Remote {
  readonly #options: RemoteOptions;
  readonly #identity = randomBytes(IDENTITY_BYTES);
  readonly #memory: MessageMemory;
  /** Calls to be sent; those that were sent over an earlier connection come first. */
  readonly #queue: Call[] = [];
  #epoch = 0;
  #lastId = 0;
  #channel: Channel | undefined;
  /** Set once the server has answered on the channel. */
  #driver: Driver | undefined;
  /** Runs while an answer to the hello is waited for. */
  #greeting: NodeJS.Timeout | undefined;
  /** Runs to the next attempt to connect. */
  #retry: NodeJS.Timeout | undefined;
  /** Runs while the server's silence is watched. */
  #watch: NodeJS.Timeout | undefined;
  #silence: Silence | undefined;
  /** Whether exclusive work runs here, and whether it still has the lock. */
  #lock: 'none' | 'held' | 'lost' = 'none';
  /** Why the last attempt to connect failed. */
  #failure: string | undefined;
  #closed = false;

  constructor(options: RemoteOptions) {
    this.#options = options;
    this.#memory = new MessageMemory(options.window);
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
    else if (!this.#greeting) this.#connectAtLeisure();
  }

  /** Asks for more results of a call, in bytes. */
  pull(call: Call, bytes: number): void {
    this.#driver?.pull(call, bytes);
  }

  /** Wants no more results of a call. */
  cancel(call: Call): void {
    this.#driver?.cancel(call);
    const waiting = this.#queue.indexOf(call);
    if (waiting >= 0) this.#queue.splice(waiting, 1);
  }

  /** The lock is here: calls are refused once it is lost. */
  locked(): void {
    this.#lock = 'held';
  }

  unlocked(): void {
    this.#lock = 'none';
  }

  close(): void {
    this.#closed = true;
    this.#disconnect(true);
    const error = new ClosedError(`the client of ${this.#options.address} was closed`);
    for (const call of [...(this.#driver?.abandon() ?? []), ...this.#queue.splice(0)])
      call.reject(error);
    this.#driver = undefined;
  }

  #refusal(): SpillwayError | undefined {
    if (this.#closed) return new ClosedError(`the client of ${this.#options.address} is closed`);
    if (this.#lock === 'lost') return this.#gone('the exclusive lock was lost with the connection');
    return undefined;
  }

  /** @param left ms until it is given up. @param late the error then. */
  #connect(left: number, late: (call: Call) => SpillwayError): void {
    this.#greeting = countdown(left, () => {
      this.#disconnect(false);
      this.#giveUp(late);
    });
    this.#greet();
  }

  #connectAtLeisure(): void {
    const { timeout } = this.#options;
    this.#failure = undefined;
    this.#connect(timeout, (call) => {
      const last = this.#failure ? `; ${this.#failure}` : '';
      return this.#lost(call, `no server answered within ${timeout} ms${last}`, { timeout });
    });
  }

  #greet(): void {
    const { connect, lockTimeout, name, timeout } = this.#options;
    this.#epoch++;
    try {
      this.#channel = connect({
        message: (frames) => this.#receive(frames),
        lost: (why) => {
          this.#failure = why;
          this.#lose((call) => this.#lost(call, why));
        },
        refused: (error) => {
          this.#disconnect(false);
          this.#giveUp((call) => (call.id === undefined ? error : this.#lost(call, error.message)));
        },
      });
    } catch (error) {
      this.#disconnect(false);
      this.#giveUp((call) => this.#lost(call, (error as Error).message, { cause: error }));
      return;
    }
    this.#channel.send(
      packHello({ identity: this.#identity, epoch: this.#epoch, lockTimeout, name }),
    );
    // The hello, or its answer, may be lost on a connection that does not break.
    this.#retry = setTimeout(() => this.#lose(() => this.#gone('no answer')), timeout / 4);
  }

  #receive(frames: Frames): void {
    try {
      if (!this.#driver) this.#open(frames);
      else if (!this.#driver.receive(frames)) return;
      this.#silence?.end();
    } catch (cause) {
      this.#lose((call) => this.#lost(call, 'the server broke the protocol', { cause }));
    }
  }

  #open(answer: Frames): void {
    const { timeout, window } = this.#options;
    const welcome = readWelcome(answer);
    clearInterval(this.#greeting);
    clearTimeout(this.#retry);
    this.#greeting = undefined;
    this.#checkLock(welcome);
    this.#dropWhatMustNotGoAgain(welcome);
    const send = (frames: Frames) => this.#channel?.send(frames);
    const nextId = () => ++this.#lastId;
    const host = { queue: this.#queue, memory: this.#memory, send, nextId };
    this.#driver = welcome
      ? new SpillwayDriver(host, welcome, window)
      : new PartdDriver(this.#queue, send);
    const silence = new Silence(timeout / 4);
    this.#silence = silence;
    this.#watch = setInterval(() => this.#lookAfterServer(silence), timeout / 4).unref();
    this.#driver.pump();
  }

  /** Exclusive work must not go on without the lock. */
  #checkLock(welcome: Welcome | undefined): void {
    if (this.#lock === 'none' || welcome?.locked) return;
    // The lock may be gone since its giving back was heard, though not the answer.
    if (welcome?.knowledge === 'all' && this.#queue[0]?.kind === RequestKind.unlock) return;
    this.#lock = 'lost';
    this.#giveUp((call) =>
      this.#lost(call, 'the connection broke, and the exclusive lock with it'),
    );
  }

  #dropWhatMustNotGoAgain(welcome: Welcome | undefined): void {
    const calls = this.#queue.splice(0);
    for (const call of calls) {
      if (call.id === undefined || mayResend(call, welcome?.knowledge ?? 'nothing'))
        this.#queue.push(call);
      else call.reject(this.#lost(call, 'the connection broke'));
    }
  }

  /** A server that is busy with its store still answers a ping; one that doesn't is given up. */
  #lookAfterServer(silence: Silence): void {
    const { timeout } = this.#options;
    const ms = silence.look();
    if (!this.#driver?.busy) silence.end();
    else if (ms < timeout / 2) return;
    else if (ms < timeout * 0.7) this.#driver.ping();
    else this.#tryOnceMore(timeout - ms);
  }

  /** Perhaps only the connection is dead. */
  #tryOnceMore(left: number): void {
    const silent = (call: Call) => this.#silent(call);
    this.#lose(silent, () => this.#connect(Math.max(1, left), silent));
  }

  /** The connection is over: what was not answered goes over a new one. */
  #lose(
    why: (call: Call) => SpillwayError,
    connect: () => void = () => this.#connectAtLeisure(),
  ): void {
    const greeting = this.#greeting !== undefined;
    const abandoned = this.#driver?.abandon() ?? [];
    const resends = this.#driver instanceof SpillwayDriver;
    this.#driver = undefined;
    this.#channel?.close(false);
    this.#channel = undefined;
    clearInterval(this.#watch);
    clearTimeout(this.#retry);
    if (resends) this.#queue.unshift(...abandoned);
    else for (const call of abandoned) call.reject(why(call));
    if (greeting) this.#retry = setTimeout(() => this.#greet(), RETRY_INTERVAL);
    else if (this.#queue.length > 0) connect();
  }

  #disconnect(properly: boolean): void {
    clearInterval(this.#greeting);
    clearTimeout(this.#retry);
    clearInterval(this.#watch);
    this.#greeting = undefined;
    this.#channel?.close(properly);
    this.#channel = undefined;
  }

  #giveUp(why: (call: Call) => SpillwayError): void {
    for (const call of this.#queue.splice(0)) call.reject(why(call));
  }

  #gone(why: string, details: { timeout?: number; cause?: unknown } = {}): ConnectionError {
    const { address } = this.#options;
    return new ConnectionError(`${address}: ${why}`, { address, ...details });
  }

  /** The error of a call whose connection was lost for good. */
  #lost(
    call: Call,
    why: string,
    details: { timeout?: number; cause?: unknown } = {},
  ): SpillwayError {
    const { address } = this.#options;
    if (!leavesDoubt(call)) return this.#gone(why, details);
    return new UnknownOutcomeError(
      `${address}: ${why} before a change was acknowledged; it may or may not have been made`,
      { address, ...details },
    );
  }

  #silent(call: Call): SpillwayError {
    const { address, timeout } = this.#options;
    const why = `the server was silent for ${timeout} ms`;
    const late = new TimeoutError(`${address}: ${why}`, { address, timeout });
    return isHarmless(call) ? late : this.#lost(call, why, { cause: late, timeout });
  }
}
