import {
  type Frames,
  MORE,
  type Part,
  packColumns,
  REPLY_HEADER_BYTES,
  RESULT_WINDOW_BYTES,
  ReplyKind,
  writeReplyHeader,
} from '@spillway/wire';
import { bytesOf } from './meter.js';

/** Results on their way over one connection, of all requests together. */
export class Flow {
  #bytes = 0;
  #wake: (() => void)[] = [];

  get full(): boolean {
    return this.#bytes >= RESULT_WINDOW_BYTES;
  }

  sent(bytes: number): void {
    this.#bytes += bytes;
  }

  arrived(bytes: number): void {
    this.#bytes = Math.max(0, this.#bytes - bytes);
    if (!this.full) for (const wake of this.#wake.splice(0)) wake();
  }

  /** Calls back when it is no longer full. */
  whenRoom(wake: () => void): void {
    this.#wake.push(wake);
  }
}

/** Where results go. */
export interface ResultsHost {
  /** The id of the request. */
  readonly id: number;
  /** What each reply tells the client it may have unanswered, in bytes. */
  readonly window: () => number;
  readonly flow: Flow;
  readonly send: (frames: Frames) => void;
}

/** Sends the results of one request as far as its credit goes, and the flow of its connection. */
export class Results {
  readonly #host: ResultsHost;
  #credit: number;
  #cancelled = false;
  #wake: () => void = () => {};

  /** @param credit bytes that may be sent unasked. */
  constructor(host: ResultsHost, credit: number) {
    this.#host = host;
    this.#credit = credit;
  }

  /** More credit, in bytes. */
  pull(credit: number): void {
    this.#credit += credit;
    this.#wake();
  }

  cancel(): void {
    this.#cancelled = true;
    this.#wake();
  }

  /** Sends parts, waiting for credit before each. Resolves early, with `false`, when cancelled. */
  async sendAll(parts: AsyncIterable<Part> | Iterable<Part>): Promise<boolean> {
    for await (const part of parts) {
      while (!this.#mayGoOn && !this.#cancelled) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
          if (this.#host.flow.full) this.#host.flow.whenRoom(resolve);
        });
      }
      if (this.#cancelled) return false;
      this.#sendPart(part);
    }
    return !this.#cancelled;
  }

  /** Sends parts at once when they are one part and may be sent; else as {@link sendAll}. */
  sendFew(parts: Iterable<Part>): Promise<boolean> | boolean {
    if (this.#cancelled) return false;
    const all = [...parts];
    if (all.length > 1 || !this.#mayGoOn) return this.sendAll(all);
    this.#sendPart(all[0] as Part);
    return true;
  }

  get #mayGoOn(): boolean {
    return this.#credit > 0 && !this.#host.flow.full;
  }

  #sendPart(part: Part): void {
    const { id, window, flow, send } = this.#host;
    const frames = packColumns(REPLY_HEADER_BYTES, part, Buffer.allocUnsafeSlow);
    writeReplyHeader(frames[0], {
      kind: ReplyKind.data,
      flags: part.flags,
      window: window(),
      id,
    });
    const bytes = bytesOf(frames);
    this.#credit -= bytes;
    flow.sent(bytes);
    send(frames);
  }
}

/** The parts of results that come in without an end in sight: others follow each of them. */
export async function* endless(pieces: AsyncIterable<Part>): AsyncGenerator<Part, void, void> {
  for await (const piece of pieces) yield { ...piece, flags: piece.flags | MORE };
}
