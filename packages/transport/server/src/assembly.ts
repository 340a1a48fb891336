import { type Batch, concatBytes, ProtocolError, TooLargeError } from '@spillway/core';
import {
  MAX_REQUEST_BYTES,
  MORE,
  NumberedKeys,
  type Received,
  type RequestHeader,
  RequestKind,
  SPLIT,
} from '@spillway/wire';

/** Requests whose keys come with values. */
const WITH_VALUES: ReadonlySet<RequestKind> = new Set([
  RequestKind.append,
  RequestKind.set,
  RequestKind.iset,
]);

/** Puts requests together that come in several messages. */
export class Assembler {
  readonly #numbered = new NumberedKeys();
  #assembly: Assembly | undefined;
  /** A request that failed before its last message. */
  #refused: number | undefined;

  /**
   * Takes a message. Of a request that failed, the rest is passed over.
   *
   * @param taken called when another message of the request must follow.
   * @returns the request's keys and values, once its last message is there.
   * @throws {ProtocolError} when the message is malformed. @throws {KeyError} for a bad key.
   * @throws {TooLargeError} when the request gets too large.
   */
  take(
    { header, body, attached }: Received<RequestHeader>,
    taken: () => void,
  ): Assembly | undefined {
    const { id, kind, flags } = header;
    // Keys are numbered by every message, also by one that is passed over.
    const batch = this.#numbered.unpack(body, attached, flags, WITH_VALUES.has(kind));
    const more = (flags & MORE) !== 0;
    if (id === this.#refused) {
      if (!more) this.#refused = undefined;
      return undefined;
    }
    const assembly = this.#assembly ?? new Assembly(id);
    this.#assembly = undefined;
    if (assembly.id !== id) body.fail(`request ${assembly.id} was not complete when it came`);
    if (more) this.#refused = id;
    let bytes = body.bytes.length;
    for (const frame of attached) bytes += frame.length;
    assembly.add(batch, flags, bytes);
    this.#refused = undefined;
    if (!more) return assembly;
    this.#assembly = assembly;
    taken();
    return undefined;
  }
}

/** Keys and values of a request, collected from one message or several. */
export class Assembly {
  /** The request's id. */
  readonly id: number;
  /** What each message carried. */
  readonly #parts: Batch<Uint8Array>[] = [];
  #count = 0;
  #lastKey: string | undefined;
  /** Indices of values that go on where the one before ends. */
  readonly #continued = new Set<number>();
  #split = false;
  #bytes = 0;

  constructor(id: number) {
    this.id = id;
  }

  /**
   * Adds what a message carried.
   *
   * @param flags of its header. @param bytes that it took.
   * @throws {ProtocolError} when it goes on with another key than the one before ended with.
   * @throws {TooLargeError} when the request gets too large.
   */
  add(part: Batch<Uint8Array>, flags: number, bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > MAX_REQUEST_BYTES) {
      throw new TooLargeError(
        `a request takes more than ${MAX_REQUEST_BYTES} bytes; send less at once`,
        { wanted: this.#bytes, free: MAX_REQUEST_BYTES },
      );
    }
    const { keys } = part;
    if (this.#split) {
      if (keys[0] !== this.#lastKey) {
        throw new ProtocolError(
          'a message goes on with another key than the one before ended with',
        );
      }
      this.#continued.add(this.#count);
    }
    this.#split = (flags & SPLIT) !== 0;
    this.#parts.push(part);
    this.#count += keys.length;
    this.#lastKey = keys.at(-1) ?? this.#lastKey;
  }

  get keys(): readonly string[] {
    const [first, ...others] = this.#parts;
    return first && others.length === 0 ? first.keys : this.#parts.flatMap(({ keys }) => keys);
  }

  /** The entries; a value that came in pieces is as many entries of its key. */
  get pieces(): Batch<Uint8Array> {
    const [first, ...others] = this.#parts;
    if (first && others.length === 0) return first;
    return { keys: this.keys, values: this.#parts.flatMap(({ values }) => values), owned: true };
  }

  /** The entries, each value whole. */
  get batch(): Batch<Uint8Array> {
    const { keys, values } = this.pieces;
    if (this.#continued.size === 0) return { keys, values };
    const starts = keys.flatMap((_, i) => (this.#continued.has(i) ? [] : [i]));
    return {
      keys: starts.map((start) => keys[start] as string),
      values: starts.map((start, i) => concatBytes(values.slice(start, starts[i + 1]))),
    };
  }
}
