import { connect, type Socket, type TcpNetConnectOpts } from 'node:net';
import {
  answerTo,
  FrameReader,
  type Frames,
  GREETING_BYTES,
  packFrames,
  packGreeting,
  packReady,
  parseAddress,
  readGreeting,
} from '@spillway/wire';
import type { Channel, ChannelEvents } from './channel.js';

/** How long messages that were sent may take to leave after a proper close, in ms. */
const LINGER = 1000;

/** How often a server that does not listen yet is tried, in ms. */
const RETRY_INTERVAL = 50;

/** Why a server breaks a connection before it has said a word. */
const ASKS_FOR_KEYS = 'the server refused the connection, as one does that asks for keys';

/** Bytes that are read at once. */
const READ_BYTES = 2 ** 18;

/**
 * A connection without keys. It speaks ZMTP itself, over a socket of Node's: zeromq's native sockets take the process
 * down when they are in a thread that is terminated (https://github.com/zeromq/zeromq.js/issues/416), tell late that a
 * connection broke, and cost a hop to another thread for each message.
 */
export class PlainChannel implements Channel {
  readonly #address: string;
  readonly #events: ChannelEvents;
  readonly #reader: FrameReader;
  #socket: Socket | undefined;
  #retry: NodeJS.Timeout | undefined;
  #greeting = Buffer.alloc(0);
  #connected = false;
  #ready = false;
  /** What was sent before the other side was ready. */
  #waiting: Frames[] = [];
  #over = false;

  constructor(address: string, events: ChannelEvents) {
    this.#address = address;
    this.#events = events;
    this.#reader = new FrameReader({
      message: (frames) => {
        if (!this.#over) this.#events.message(frames);
      },
      command: (command) => this.#obey(command),
    });
    this.#connect();
  }

  send(frames: Frames): void {
    if (this.#over) return;
    if (!this.#ready) {
      this.#waiting.push(frames);
      return;
    }
    const socket = this.#socket as Socket;
    // All that is sent in one go is written by one call.
    if (socket.writableCorked === 0) {
      socket.cork();
      process.nextTick(() => socket.uncork());
    }
    for (const piece of packFrames(frames)) socket.write(piece);
  }

  close(properly: boolean): void {
    this.#over = true;
    clearTimeout(this.#retry);
    const socket = this.#socket;
    if (!socket || !properly) {
      socket?.destroy();
      return;
    }
    socket.end();
    const late = setTimeout(() => socket.destroy(), LINGER).unref();
    socket.once('close', () => clearTimeout(late));
  }

  #connect(): void {
    const memory = Buffer.allocUnsafeSlow(READ_BYTES);
    const socket = connect({
      ...placeOf(this.#address),
      onread: {
        buffer: memory,
        callback: (bytes) => {
          this.#receive(memory.subarray(0, bytes));
          return true;
        },
      },
    });
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.once('connect', () => {
      this.#connected = true;
      socket.write(packGreeting());
    });
    let why = 'the connection broke';
    socket.once('error', (error) => {
      why = `the connection broke (${error.message})`;
    });
    socket.once('close', () => {
      if (this.#over) return;
      if (this.#connected) this.#lose(this.#ready ? why : ASKS_FOR_KEYS);
      else this.#retry = setTimeout(() => this.#connect(), RETRY_INTERVAL);
    });
  }

  #receive(bytes: Buffer): void {
    if (this.#over) return;
    try {
      this.#reader.push(this.#greet(bytes));
    } catch {
      this.#lose('what answers there is no Spillway server');
    }
  }

  /** Takes what belongs to the greeting; gives the rest. */
  #greet(bytes: Buffer): Buffer {
    const missing = GREETING_BYTES - this.#greeting.length;
    if (missing === 0) return bytes;
    this.#greeting = Buffer.concat([this.#greeting, bytes.subarray(0, missing)]);
    if (this.#greeting[0] !== 0xff) throw new Error('no greeting');
    if (this.#greeting.length < GREETING_BYTES) return Buffer.alloc(0);
    if (readGreeting(this.#greeting) !== 'NULL') this.#lose(ASKS_FOR_KEYS);
    this.#socket?.write(packReady());
    return bytes.subarray(missing);
  }

  #obey(command: Buffer): void {
    const answer = answerTo(command);
    if (answer) this.#socket?.write(answer);
    if (this.#ready) return;
    this.#ready = true;
    for (const frames of this.#waiting.splice(0)) this.send(frames);
  }

  #lose(why: string): void {
    if (this.#over) return;
    this.close(false);
    this.#events.lost(why);
  }
}

function placeOf(address: string): TcpNetConnectOpts | { readonly path: string } {
  const parsed = parseAddress(address);
  if (parsed.scheme === 'ipc') return { path: parsed.path.replace(/^@/, '\0') };
  return { host: parsed.host.replace(/^\[|\]$/g, ''), port: Number(parsed.port) };
}
