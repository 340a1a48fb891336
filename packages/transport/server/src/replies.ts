import {
  type Frames,
  REPLY_HEADER_BYTES,
  ReplyKind,
  type RequestHeader,
  writeReplyHeader,
} from '@spillway/wire';
import type { Connection } from './connection.js';
import { Flow, Results } from './results.js';

/** Ids that one message says are done, at most. */
const MOST_IDS = 512;

const ID_BYTES = 8;

/** What a session answers, over whichever connection its client has. */
export class Replies {
  readonly #window: () => number;
  readonly #soon: () => void;
  readonly #results = new Map<number, Results>();
  #connection: Connection | undefined;
  #flow = new Flow();
  #done: number[] = [];

  /**
   * @param window bytes that the client may have unanswered, which each reply says.
   * @param soon called when {@link flush} is due.
   */
  constructor(window: () => number, soon: () => void) {
    this.#window = window;
    this.#soon = soon;
  }

  /** The results on their way; those of another connection are others. */
  get flow(): Flow {
    return this.#flow;
  }

  /** Replies go over this connection from now on, or nowhere. Results under way are given up. */
  attach(connection: Connection | undefined): void {
    this.cancelAll();
    this.#connection = connection;
    this.#flow = new Flow();
    this.#done = [];
  }

  /** A request without results was carried out. Said together with others, by {@link flush}. */
  done(id: number): void {
    if (this.#done.push(id) === 1) this.#soon();
    else if (this.#done.length === MOST_IDS) this.flush();
  }

  flush(): void {
    const [first, ...others] = this.#done;
    if (first === undefined) return;
    this.#done = [];
    const body = Buffer.allocUnsafe(others.length * ID_BYTES);
    others.forEach((id, i) => {
      body.writeUInt32LE(id >>> 0, i * ID_BYTES);
      body.writeUInt32LE(Math.floor(id / 0x1_0000_0000), i * ID_BYTES + 4);
    });
    this.send(ReplyKind.done, first, body);
  }

  send(kind: ReplyKind, id: number, body?: Uint8Array): void {
    const frame = Buffer.allocUnsafe(REPLY_HEADER_BYTES + (body?.length ?? 0));
    writeReplyHeader(frame, { kind, flags: 0, window: this.#window(), id });
    if (body) frame.set(body, REPLY_HEADER_BYTES);
    this.#connection?.send([frame]);
  }

  /** Begins to send the results of a request. */
  open({ id, credit }: RequestHeader): Results {
    const connection = this.#connection;
    const send = (frames: Frames) => connection?.send(frames);
    const results = new Results({ id, window: this.#window, flow: this.#flow, send }, credit);
    if (!connection) results.cancel();
    this.#results.set(id, results);
    return results;
  }

  /** The results of a request were sent, or given up. */
  close(id: number, results: Results): void {
    if (this.#results.get(id) === results) this.#results.delete(id);
  }

  /** The reader of results wants more, in bytes. */
  pull(id: number, credit: number): void {
    this.#results.get(id)?.pull(credit);
  }

  cancel(id: number): void {
    this.#results.get(id)?.cancel();
  }

  /** So many bytes of results have arrived at the client. */
  arrived(bytes: number): void {
    this.#flow.arrived(bytes);
  }

  cancelAll(): void {
    for (const results of this.#results.values()) results.cancel();
  }
}
