import type { Body, Frames, Received, RequestHeader } from '@spillway/wire';
import { MORE, RequestKind, readRequest } from '@spillway/wire';
import { Assembler, type Assembly } from './assembly.js';
import type { Share } from './budget.js';
import { namesKeys } from './operations.js';

/** A request that has arrived whole. */
export interface Request {
  readonly header: RequestHeader;
  /** What it carries, unless it names keys. */
  readonly body: Body;
  /** The keys that it names, and their values. */
  readonly assembly: Assembly | undefined;
  /** Bytes of its messages. */
  readonly bytes: number;
  /** When it arrived, as `performance.now()` says it. */
  readonly began: number;
}

/** What arrives over one connection: passes over duplicates, and puts requests of several messages together. */
export class Inbox {
  readonly #share: Share;
  readonly #taken: (id: number) => void;
  readonly #assembler = new Assembler();
  #lastId = 0;
  #lastPart = -1;
  /** Bytes of the messages of a request that is not whole. */
  #partial = 0;

  /** @param taken called when the next message of a request may follow. */
  constructor(share: Share, taken: (id: number) => void) {
    this.#share = share;
    this.#taken = taken;
  }

  /**
   * Takes a message that is no duplicate.
   *
   * @returns the request, if it is whole now; its bytes are in the share until {@link Share.give}.
   * @throws {ProtocolError}, {KeyError} and {TooLargeError} for what is wrong with it.
   */
  take(message: Received<RequestHeader>, bytes: number): Request | undefined {
    const { header, body } = message;
    this.#partial += bytes;
    try {
      const assembly = namesKeys(header.kind) ? this.#assemble(message) : undefined;
      if (namesKeys(header.kind) && !assembly) {
        if ((header.flags & MORE) === 0) this.end();
        return undefined;
      }
      const request = { header, body, assembly, bytes: this.#partial, began: performance.now() };
      this.#partial = 0;
      this.#share.shrink();
      return request;
    } catch (error) {
      this.end();
      throw error;
    }
  }

  /** Reads a message; `undefined` for a duplicate. @throws {ProtocolError} */
  read(frames: Frames): Received<RequestHeader> | undefined {
    const message = readRequest(frames);
    const { kind, id, part } = message.header;
    if (kind >= RequestKind.pull && kind <= RequestKind.arrived) return message;
    if (id < this.#lastId || (id === this.#lastId && part <= this.#lastPart)) return undefined;
    this.#lastId = id;
    this.#lastPart = part;
    return message;
  }

  /** Forgets what is not whole. */
  end(): void {
    this.#share.give(this.#partial);
    this.#partial = 0;
    this.#share.shrink();
  }

  #assemble(message: Received<RequestHeader>): Assembly | undefined {
    const { id } = message.header;
    return this.#assembler.take(message, () => {
      const turn = this.#share.enlarge(this.#partial);
      if (turn) void turn.then(() => this.#taken(id));
      else this.#taken(id);
    });
  }
}
