import {
  type Frames,
  MORE,
  type Part,
  packColumns,
  REPLY_HEADER_BYTES,
  ReplyKind,
  writeReplyHeader,
} from '@spillway/wire';

/** Sends the results of one request as far as the client's credit goes. */
export class Results {
  readonly #id: number;
  readonly #window: number;
  readonly #send: (frames: Frames) => void;
  #credit: number;
  #cancelled = false;
  #wake: (() => void) | undefined;

  /**
   * @param id of the request. @param credit bytes that may be sent unasked.
   * @param window what each reply tells the client it may have unanswered, in bytes.
   */
  constructor(id: number, credit: number, window: number, send: (frames: Frames) => void) {
    this.#id = id;
    this.#credit = credit;
    this.#window = window;
    this.#send = send;
  }

  /** More credit, in bytes. */
  pull(credit: number): void {
    this.#credit += credit;
    this.#wake?.();
  }

  cancel(): void {
    this.#cancelled = true;
    this.#wake?.();
  }

  /** Sends parts, waiting for credit before each. Resolves early, with `false`, when cancelled. */
  async sendAll(parts: AsyncIterable<Part> | Iterable<Part>): Promise<boolean> {
    for await (const part of parts) {
      while (this.#credit <= 0 && !this.#cancelled) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
      if (this.#cancelled) return false;
      this.#sendPart(part);
    }
    return !this.#cancelled;
  }

  /** Sends parts at once when they are one part and the credit covers it; else as {@link sendAll}. */
  sendFew(parts: Iterable<Part>): Promise<boolean> | true {
    const all = [...parts];
    if (all.length > 1 || this.#credit <= 0) return this.sendAll(all);
    this.#sendPart(all[0] as Part);
    return true;
  }

  #sendPart(part: Part): void {
    const frames = packColumns(REPLY_HEADER_BYTES, part, Buffer.allocUnsafeSlow);
    writeReplyHeader(frames[0], {
      kind: ReplyKind.data,
      flags: part.flags,
      window: this.#window,
      id: this.#id,
    });
    for (const frame of frames) this.#credit -= frame.length;
    this.#send(frames);
  }
}

/** The parts of results that come in without an end in sight: others follow each of them. */
export async function* endless(pieces: AsyncIterable<Part>): AsyncGenerator<Part, void, void> {
  for await (const piece of pieces) yield { ...piece, flags: piece.flags | MORE };
}
