import {
  type Frames,
  type Hello,
  isPartdMessage,
  REPLY_HEADER_BYTES,
  ReplyKind,
  readHello,
  writeReplyHeader,
} from '@spillway/wire';
import type { Connection } from './connection.js';
import { PartdPeer } from './partd-peer.js';
import type { ServedStore } from './served-store.js';
import { Session } from './session.js';
import type { Sessions } from './sessions.js';

/** What a peer needs of its server. */
export interface PeerHost {
  readonly store: ServedStore;
  readonly sessions: Sessions;
  /** The client asks the server to stop. */
  readonly stop: () => void;
}

/** Whoever is at the other end of a connection: a client of either protocol, or of none. */
export class Peer {
  readonly #host: PeerHost;
  readonly #connection: Connection;
  #speaker: Session | PartdPeer | 'opening' | 'unwelcome' | undefined;

  constructor(host: PeerHost, connection: Connection) {
    this.#host = host;
    this.#connection = connection;
  }

  /** Whether it speaks partd's protocol. */
  get speaksPartd(): boolean {
    return this.#speaker instanceof PartdPeer;
  }

  /** Whether nothing is remembered of it, since whatever it sends next tells who it is. */
  get isForgettable(): boolean {
    const speaker = this.#speaker;
    return speaker === undefined || (speaker instanceof PartdPeer && speaker.idle);
  }

  receive(frames: Frames): void {
    const first = frames[0] as Buffer;
    if (this.#speaker === 'unwelcome') this.#send(ReplyKind.unknown);
    else if (first.toString('latin1', 0, 4) === 'syn') this.#open(frames);
    else if (this.#speaker instanceof PartdPeer) this.#speaker.receive(frames) || this.#dismiss();
    else if (this.#speaker === 'opening') this.#send(ReplyKind.unknown);
    else if (this.#speaker?.isOver(this.#connection))
      this.#speaker.receive(frames) || this.#dismiss();
    else if (this.#speaker) this.#send(ReplyKind.unknown);
    else if (isPartdMessage(frames)) this.#partd().receive(frames);
    else this.#send(ReplyKind.unknown);
  }

  /** The connection is lost. */
  async lost(): Promise<void> {
    const speaker = this.#speaker;
    this.#speaker = undefined;
    if (speaker instanceof PartdPeer) await speaker.end();
    else if (speaker instanceof Session) this.#host.sessions.lost(speaker, this.#connection);
  }

  /** Resolves when all that came was answered, as far as no session sees to it. */
  async end(): Promise<void> {
    if (this.#speaker instanceof PartdPeer) await this.#speaker.end();
  }

  /** Finds out whether somebody without a session is still there. */
  greet(): void {
    if (this.#speaker === 'unwelcome') this.#send(ReplyKind.unknown);
  }

  #open(frames: Frames): void {
    const hello = helloOf(frames);
    if (hello) void this.#openSession(hello);
    else this.#partd().receive(frames);
  }

  async #openSession(hello: Hello): Promise<void> {
    const { sessions } = this.#host;
    if (this.#speaker === 'opening' || sessions.isLate(hello)) return;
    const before = this.#speaker;
    this.#speaker = 'opening';
    try {
      const session = await sessions.open(hello, this.#connection);
      this.#speaker = session;
      if (before instanceof Session && before !== session) sessions.lost(before, this.#connection);
    } catch (error) {
      this.#speaker = undefined;
      process.emitWarning(`a client could not be welcomed: ${error}`, 'SpillwayWarning');
    }
  }

  #partd(): PartdPeer {
    if (this.#speaker instanceof PartdPeer) return this.#speaker;
    void this.lost();
    const { store, stop } = this.#host;
    this.#speaker = new PartdPeer({ store, stop, send: (reply) => this.#connection.send(reply) });
    return this.#speaker;
  }

  /** Nothing that comes from it is listened to any more. */
  #dismiss(): void {
    if (this.#speaker instanceof PartdPeer) this.#speaker.dismiss();
    void this.lost();
    this.#speaker = 'unwelcome';
    this.#send(ReplyKind.unknown);
    this.#connection.close();
  }

  #send(kind: ReplyKind): void {
    const frame = Buffer.allocUnsafe(REPLY_HEADER_BYTES);
    writeReplyHeader(frame, { kind, flags: 0, window: 0, id: 0 });
    this.#connection.send([frame]);
  }
}

/** The hello of a client that speaks our version; a malformed one counts as none. */
function helloOf(frames: Frames): Hello | undefined {
  try {
    return readHello(frames);
  } catch {
    return undefined;
  }
}
