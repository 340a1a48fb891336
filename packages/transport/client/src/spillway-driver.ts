import { ProtocolError } from '@spillway/core';
import {
  type Body,
  type Columns,
  cut,
  type Frames,
  KeyNumbers,
  MORE,
  type Packed,
  type Part,
  REQUEST_HEADER_BYTES,
  RESULT_WINDOW_BYTES,
  type Received,
  type ReplyHeader,
  ReplyKind,
  RequestKind,
  readReply,
  unpackEntries,
  unpackError,
  unpackKeys,
  unpackValues,
  type Welcome,
  writeRequestHeader,
} from '@spillway/wire';
import { type Call, type Driver, isHarmless } from './call.js';
import type { MessageMemory } from './memory.js';
import { isSmallAppend, takeMerged } from './merge.js';

/** Bytes of results that a server may send ahead of what its client has taken. */
const CREDIT_BYTES = 8 * 2 ** 20;

/** So many bytes of results arrive before the server is told of them. */
const ARRIVED_BYTES = RESULT_WINDOW_BYTES / 4;

/** With so many appends unanswered, small ones wait, and those that wait travel together. */
const APPENDS_APART = 32;

/** A call whose first message was sent. */
interface Pending {
  readonly id: number;
  readonly call: Call;
  /** Messages of the call that are still to be sent. */
  readonly parts: Iterator<Part, void>;
  /** How many were sent. */
  partsSent: number;
  /** Messages that the server has not taken, with the bytes they count in the window. */
  readonly sent: { readonly memory: Buffer; readonly bytes: number }[];
}

/** What the drivers of one client have in common. */
export interface DriverHost {
  /** Calls that nobody has started. */
  readonly queue: Call[];
  readonly send: (frames: Frames) => void;
  /** The id of the client's next request. */
  readonly nextId: () => number;
  readonly memory: MessageMemory;
}

/** Carries calls in spillway/1: packed, with ids, as many at once as the window holds. */
export class SpillwayDriver implements Driver {
  readonly #host: DriverHost;
  readonly #requests: number;
  readonly #ownWindow: number;
  readonly #keys = new KeyNumbers();
  #window: number;
  /** In the order in which they were sent. */
  readonly #pending = new Map<number, Pending>();
  readonly #byCall = new Map<Call, Pending>();
  /** The ids of changes that were not answered, in their order. */
  readonly #changes = new Set<number>();
  #appends = 0;
  #lastId: number;
  /** Bytes of results that the server was not told of. */
  #arrived = 0;
  /** The call that has messages left to send. */
  #sending: Pending | undefined;
  #unanswered = 0;

  /** @param window bytes that may be unanswered, unless the server wants fewer. */
  constructor(host: DriverHost, welcome: Welcome, window: number) {
    this.#host = host;
    this.#ownWindow = window;
    this.#window = Math.min(window, welcome.window);
    this.#requests = welcome.requests;
    for (const call of host.queue) if (call.id && !isHarmless(call)) this.#changes.add(call.id);
    this.#lastId = 0;
  }

  get busy(): boolean {
    return this.#pending.size > 0;
  }

  pump(): void {
    while (this.#unanswered < this.#window) {
      if (!this.#sending) {
        const unheard = this.#lastId - this.#confirmed();
        if (this.#pending.size >= this.#requests || unheard >= this.#requests) return;
        const call = this.#next();
        if (!call) return;
        this.#sending = this.#begin(call);
      }
      this.#sendPart(this.#sending);
    }
  }

  receive(frames: Frames): boolean {
    const reply = readReply(frames);
    const { kind, id, flags, window } = reply.header;
    if (kind === ReplyKind.unknown)
      throw new ProtocolError('the server does not know this client any more');
    this.#window = Math.min(this.#ownWindow, window);
    const pending = this.#pending.get(id);
    switch (kind) {
      case ReplyKind.done:
        this.#resolve(id);
        while (reply.body.left > 0) this.#resolve(reply.body.uint64());
        break;
      case ReplyKind.taken:
        if (pending) this.#take(pending, !pending.call.again);
        break;
      case ReplyKind.data:
        this.#acknowledge(reply);
        if (pending) this.#takeResults(pending, reply);
        // A pop ends when the server knows that its values have arrived.
        if ((flags & MORE) === 0 && pending?.call.kind !== RequestKind.pop) this.#resolve(id);
        break;
      case ReplyKind.error: {
        const error = unpackError(reply.body);
        if (!pending) throw error;
        this.#finish(pending, true).reject(error);
        break;
      }
    }
    this.pump();
    return kind !== ReplyKind.alive || id > 0;
  }

  pull(call: Call, bytes: number): void {
    const pending = this.#byCall.get(call);
    if (pending) this.#sendControl(RequestKind.pull, pending.id, bytes);
  }

  cancel(call: Call): void {
    const pending = this.#byCall.get(call);
    if (pending) this.#sendControl(RequestKind.cancel, pending.id);
    const waiting = this.#host.queue.indexOf(call);
    if (waiting >= 0) this.#host.queue.splice(waiting, 1);
  }

  ping(): void {
    this.#sendControl(RequestKind.ping, 1);
  }

  abandon(): Call[] {
    // Their memory is not used again: the lost connection may still be reading it.
    const calls = [...this.#pending.values()].map(({ call }) => call);
    this.#pending.clear();
    this.#byCall.clear();
    return calls;
  }

  /** Takes the next call from the queue; none while small appends wait for an answer, to travel together. */
  #next(): Call | undefined {
    const { queue } = this.#host;
    if (!isSmallAppend(queue[0])) return queue.shift();
    return this.#appends < APPENDS_APART ? takeMerged(queue) : undefined;
  }

  #begin(call: Call): Pending {
    call.id ??= this.#host.nextId();
    const { id } = call;
    this.#lastId = id;
    const pending = { id, call, parts: partsOf(call), partsSent: 0, sent: [] };
    this.#pending.set(id, pending);
    if (call.onResults) this.#byCall.set(call, pending);
    if (!isHarmless(call)) this.#changes.add(id);
    if (call.kind === RequestKind.append) this.#appends++;
    return pending;
  }

  #sendPart(pending: Pending): void {
    const { id, call, parts, sent } = pending;
    const { kind } = call;
    const next = parts.next();
    if (next.done) throw new Error('a call has no messages left');
    const part = next.value;
    const { packed: frames, flags } = this.#pack(call, part);
    writeRequestHeader(frames[0], {
      kind,
      flags: part.flags | flags,
      part: pending.partsSent++ & 0xffff,
      credit: CREDIT_BYTES,
      id,
      confirmed: this.#confirmed(),
    });
    let bytes = 0;
    for (const frame of frames) bytes += frame.length;
    sent.push({ memory: frames[0], bytes });
    this.#unanswered += bytes;
    if ((part.flags & MORE) === 0) this.#sending = undefined;
    this.#host.send(frames);
  }

  #pack(call: Call, { keys, values }: Part): { packed: Packed; flags: number } {
    if (keys) return this.#keys.pack(REQUEST_HEADER_BYTES, keys, values, this.#host.memory.take);
    const body = call.body ?? new Uint8Array(0);
    return { packed: [Buffer.concat([Buffer.allocUnsafe(REQUEST_HEADER_BYTES), body])], flags: 0 };
  }

  #sendControl(kind: RequestKind, id: number, credit = 0): void {
    const frame = Buffer.allocUnsafe(REQUEST_HEADER_BYTES);
    const confirmed = this.#confirmed();
    writeRequestHeader(frame, { kind, flags: 0, part: 0, credit, id, confirmed });
    this.#host.send([frame]);
  }

  /** The request up to which all changes were answered. */
  #confirmed(): number {
    for (const id of this.#changes) return id - 1;
    return this.#lastId;
  }

  /** Tells the server now and then how much has arrived, so that it sends more. */
  #acknowledge({ body, attached }: Received<ReplyHeader>): void {
    this.#arrived += body.bytes.length;
    for (const frame of attached) this.#arrived += frame.length;
    if (this.#arrived < ARRIVED_BYTES) return;
    this.#sendControl(RequestKind.arrived, 0, this.#arrived);
    this.#arrived = 0;
  }

  #resolve(id: number): void {
    const pending = this.#pending.get(id);
    if (pending) this.#finish(pending).resolve();
  }

  #takeResults({ id, call }: Pending, { header, body, attached }: Received<ReplyHeader>): void {
    let bytes = body.bytes.length;
    for (const frame of attached) bytes += frame.length;
    const results = read(call.kind, body, attached);
    const more = (header.flags & MORE) !== 0;
    if (more && call.eager) this.#sendControl(RequestKind.pull, id, bytes);
    if (!more && call.kind === RequestKind.pop) this.#sendControl(RequestKind.received, id);
    call.onResults?.(results, header.flags, bytes);
  }

  /** @param isRead whether the server surely has the message, so that its memory can be used again. */
  #take({ sent }: Pending, isRead: boolean): void {
    const message = sent.shift();
    if (!message) return;
    this.#unanswered -= message.bytes;
    if (isRead) this.#host.memory.give(message.memory);
  }

  /** @param isRefused whether the server may have answered before it had all messages. */
  #finish(pending: Pending, isRefused = false): Call {
    // What is sent again may have been answered before it is written, as the server had it already.
    const isRead = !isRefused && !pending.call.again;
    while (pending.sent.length > 0) this.#take(pending, isRead);
    this.#pending.delete(pending.id);
    this.#byCall.delete(pending.call);
    this.#changes.delete(pending.id);
    if (pending.call.kind === RequestKind.append) this.#appends--;
    if (this.#sending === pending) this.#sending = undefined;
    return pending.call;
  }
}

function partsOf({ columns }: Call): Iterator<Part, void> {
  return columns ? cut(columns) : [{ flags: 0 }].values();
}

function read(kind: RequestKind, body: Body, attached: Frames): Columns {
  switch (kind) {
    case RequestKind.keys:
    case RequestKind.has:
      return { keys: unpackKeys(body) };
    case RequestKind.entries:
      return unpackEntries(body, attached);
    default:
      return { values: unpackValues(body, attached) };
  }
}
