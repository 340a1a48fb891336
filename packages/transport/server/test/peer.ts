import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Columns,
  type Frames,
  type Hello,
  IDENTITY_BYTES,
  KeyNumbers,
  type Packed,
  packHello,
  REQUEST_HEADER_BYTES,
  type Received,
  type ReplyHeader,
  ReplyKind,
  type RequestKind,
  readReply,
  readWelcome,
  type Welcome,
  writeRequestHeader,
} from '@spillway/wire';
import { Dealer } from 'zeromq';

/** Fields of a request that tests set; the others are as a client's. */
export interface RequestFields {
  readonly id?: number;
  readonly flags?: number;
  readonly part?: number;
  readonly credit?: number;
  readonly confirmed?: number;
  readonly columns?: Columns;
  readonly body?: Buffer;
}

/** The other end of a server's socket, byte by byte. */
export class Peer implements AsyncDisposable {
  readonly socket: Dealer;
  readonly #numbers = new KeyNumbers();
  #lastId = 0;

  /** @param unread messages that the peer's socket takes before anybody reads them. */
  constructor(address: string, unread = 1000) {
    this.socket = new Dealer({
      linger: 0,
      receiveTimeout: 20_000,
      receiveHighWaterMark: unread,
      ipv6: address.includes('['),
    });
    this.socket.connect(address);
  }

  /** A peer that speaks spillway/1. */
  static async welcomed(address: string, hello: Partial<Hello> = {}): Promise<Peer> {
    const peer = new Peer(address);
    await peer.hello(hello);
    return peer;
  }

  async hello(hello: Partial<Hello> = {}): Promise<Welcome> {
    const identity = randomBytes(IDENTITY_BYTES);
    await this.send(
      ...packHello({ identity, epoch: 1, lockTimeout: 30_000, name: 'a test', ...hello }),
    );
    const welcome = readWelcome(await this.receive());
    if (!welcome) throw new Error('the server did not name a version');
    return welcome;
  }

  async send(...frames: (Uint8Array | string)[]): Promise<void> {
    await this.socket.send(frames as Uint8Array[]);
  }

  async receive(): Promise<Frames> {
    return this.socket.receive();
  }

  /** Sends a request and gives its id. */
  async ask(kind: RequestKind, fields: RequestFields = {}): Promise<number> {
    const {
      id = ++this.#lastId,
      flags = 0,
      part = 0,
      credit = 2 ** 20,
      confirmed = 0,
      columns,
      body,
    } = fields;
    const { packed, flags: renumber } = this.#pack(columns, body);
    writeRequestHeader(packed[0], {
      kind,
      flags: flags | renumber,
      part,
      credit,
      id,
      confirmed,
    });
    await this.send(...packed);
    return id;
  }

  #pack(
    { keys, values }: Columns = {},
    body: Buffer = Buffer.alloc(0),
  ): { packed: Packed; flags: number } {
    if (keys) return this.#numbers.pack(REQUEST_HEADER_BYTES, keys, values, Buffer.alloc);
    return { packed: [Buffer.concat([Buffer.alloc(REQUEST_HEADER_BYTES), body])], flags: 0 };
  }

  /** The next reply that is one; signs of life come unasked. */
  async reply(): Promise<Received<ReplyHeader>> {
    for (;;) {
      const reply = readReply(await this.receive());
      if (reply.header.kind !== ReplyKind.alive || reply.header.id > 0) return reply;
    }
  }

  /** Whether nothing comes for a while, in ms, but signs of life. */
  async silentFor(duration: number): Promise<boolean> {
    await sleep(duration);
    while (this.socket.readable)
      if (readReply(await this.receive()).header.kind !== ReplyKind.alive) return false;
    return true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.close();
  }
}
